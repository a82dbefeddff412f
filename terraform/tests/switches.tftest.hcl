# Existing resources are not changed; disabled ones are not created.

mock_provider "google" { source = "./tests/mocks" }
mock_provider "google-beta" { source = "./tests/mocks" }
mock_provider "archive" {}
mock_provider "time" {}

variables {
  project_id = "demo-project"
}

run "an_existing_bucket_is_only_watched" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true, prefix = "cnes/" }
  }

  assert {
    condition     = google_cloudfunctions2_function.upload.service_config[0].environment_variables["UPLOAD_PREFIX"] == "cnes/"
    error_message = "Other objects of the bucket would be treated as uploads."
  }

  assert {
    condition     = length(google_storage_bucket.uploads) == 0
    error_message = "An existing bucket would be created again."
  }
  assert {
    condition     = one([for filter in google_cloudfunctions2_function.upload.event_trigger[0].event_filters : filter.value if filter.attribute == "bucket"]) == "their-bucket"
    error_message = "Another bucket is watched."
  }
  assert {
    condition     = google_cloudfunctions2_function.upload.event_trigger[0].trigger_region == "us"
    error_message = "The trigger is not in the bucket's location, so Eventarc refuses it."
  }
  assert {
    condition     = output.bucket == "gs://their-bucket" && output.uploads == "gs://their-bucket/cnes/"
    error_message = "The outputs name another bucket, or lack the prefix."
  }
}

run "an_existing_database_keeps_its_settings" {
  command = plan

  variables {
    firestore = { database = "ledger", existing = true }
  }

  assert {
    condition     = length(google_firestore_database.exports) == 0
    error_message = "An existing database would be created again."
  }
  assert {
    condition     = alltrue([for field in google_firestore_field.expires_at : field.database == "ledger"])
    error_message = "The TTL is set in another database."
  }
  assert {
    condition     = google_project_iam_member.part["job_documents"].condition[0].expression == "resource.name == \"projects/demo-project/databases/ledger\""
    error_message = "The job's role is not limited to this database."
  }
}

run "a_given_image_is_not_built" {
  command = plan

  variables {
    image = "southamerica-east1-docker.pkg.dev/demo-project/images/job:1.2"
  }

  assert {
    condition     = length(terraform_data.image) == 0
    error_message = "Cloud Build would be called."
  }
  assert {
    condition     = google_cloud_run_v2_job.export.template[0].template[0].containers[0].image == var.image
    error_message = "The job runs another image."
  }
}

run "old_objects_are_kept_by_default" {
  command = plan

  assert {
    condition = alltrue([
      for rule in google_storage_bucket.uploads[0].lifecycle_rule :
      one(rule.condition).matches_prefix == tolist([".parts/"])
      if one(rule.action).type == "Delete"
    ])
    error_message = "A lifecycle rule deletes more than orphaned parts."
  }
}

run "old_zips_are_deleted_if_configured" {
  command = plan

  variables {
    uploads = { delete_zips_after_days = 30 }
  }

  assert {
    condition = [
      for rule in google_storage_bucket.uploads[0].lifecycle_rule :
      one(rule.condition).age if one(rule.condition).matches_suffix == tolist([".zip"])
    ] == [30]
    error_message = "ZIPs are not deleted after 30 days."
  }
}

run "every_resource_has_the_name" {
  command = plan

  variables {
    name = "sih-export"
  }

  assert {
    condition = alltrue([
      google_cloudfunctions2_function.upload.name == "sih-export",
      google_cloud_run_v2_job.export.name == "sih-export",
      google_artifact_registry_repository.images.repository_id == "sih-export",
      google_storage_bucket.uploads[0].name == "demo-project-sih-export",
      google_service_account.part["job"].account_id == "sih-export-job",
    ])
    error_message = "Two deployments in one project would collide."
  }
}
