# An apply with mocked responses creates everything; a second one changes nothing.

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
    condition     = output.uploads == "${output.bucket}/" && output.bucket == "gs://demo-project-gdb-export"
    error_message = "The output does not name the bucket."
  }
  assert {
    condition     = alltrue([for link in [output.bucket_url, output.documents_url, output.dashboard_url, output.job_url, output.logs_url] : can(regex("^https://console\\.cloud\\.google\\.com/[^ ]+project=demo-project$", link))])
    error_message = "A link does not point to the project's console."
  }
}

run "second" {
  assert {
    condition     = google_cloud_run_v2_job.export.id == run.first.job && output.service_accounts == run.first.service_accounts
    error_message = "A second apply replaced a resource."
  }
}

# Resources that exist only after a delay, and that a new project needs first.
run "a_first_apply_waits" {
  command = plan

  assert {
    condition     = contains(keys(google_project_service.needed), "cloudresourcemanager.googleapis.com")
    error_message = "Roles on the project cannot be granted without Resource Manager."
  }
  assert {
    condition = alltrue([
      google_project_service_identity.eventarc.service == "eventarc.googleapis.com",
      google_project_service_identity.functions.service == "cloudfunctions.googleapis.com",
      google_artifact_registry_repository_iam_member.functions_agent.role == "roles/artifactregistry.reader",
    ])
    error_message = "A service agent is not created before it is needed, or lacks its role."
  }
  assert {
    condition     = [time_sleep.services.create_duration, time_sleep.service_agents.create_duration, time_sleep.metrics.create_duration, time_sleep.trigger.create_duration] == ["60s", "90s", "60s", "120s"]
    error_message = "A delay is missing after a change that takes effect only after minutes."
  }
}
