# All of it is made, with made-up answers of the cloud; a second apply leaves it as it is.

mock_provider "google" { source = "./tests/mocks" }
mock_provider "google-beta" { source = "./tests/mocks" }
mock_provider "archive" {}
mock_provider "time" {}

variables {
  project_id = "demo-project"
  image      = "southamerica-east1-docker.pkg.dev/demo-project/images/job:1.2"
}

run "first" {
  assert {
    condition     = output.bucket == "gs://demo-project-gdb-export"
    error_message = "The output does not name the bucket."
  }
  assert {
    condition     = alltrue([for link in [output.bucket_url, output.documents_url, output.dashboard_url, output.job_url, output.logs_url] : can(regex("^https://console\\.cloud\\.google\\.com/[^ ]+project=demo-project$", link))])
    error_message = "A link does not lead into the project's console."
  }
}

run "second" {
  assert {
    condition     = google_cloud_run_v2_job.export.id == run.first.job && output.service_accounts == run.first.service_accounts
    error_message = "A second apply made something anew."
  }
}
