# Responses of the real provider, where another resource needs a well-formed value.

mock_resource "google_service_account" {
  defaults = {
    email  = "part@demo-project.iam.gserviceaccount.com"
    member = "serviceAccount:part@demo-project.iam.gserviceaccount.com"
    name   = "projects/demo-project/serviceAccounts/part@demo-project.iam.gserviceaccount.com"
  }
}

mock_resource "google_artifact_registry_repository" {
  defaults = {
    id   = "projects/demo-project/locations/southamerica-east1/repositories/gdb-export"
    name = "gdb-export"
  }
}

mock_resource "google_cloud_run_v2_job" {
  defaults = {
    id = "projects/demo-project/locations/southamerica-east1/jobs/gdb-export"
  }
}

mock_resource "google_project_service_identity" {
  defaults = {
    member = "serviceAccount:service-123456789012@gcp-sa-eventarc.iam.gserviceaccount.com"
  }
}

mock_data "google_storage_project_service_account" {
  defaults = {
    member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
  }
}

mock_data "google_project" {
  defaults = {
    number = "123456789012"
  }
}

mock_data "google_storage_bucket" {
  defaults = {
    location                    = "US"
    project_number              = 123456789012
    uniform_bucket_level_access = true
  }
}
