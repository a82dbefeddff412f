# Properties of every deployment, independent of its variables.

mock_provider "google" { source = "./tests/mocks" }
mock_provider "google-beta" { source = "./tests/mocks" }
mock_provider "archive" {}
mock_provider "time" {}

variables {
  project_id = "demo-project"
}

run "nothing_is_public" {
  command = plan

  assert {
    condition = alltrue([
      for bucket in concat(google_storage_bucket.uploads[*], [google_storage_bucket.sources]) :
      bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced"
    ])
    error_message = "A bucket allows public access."
  }
  assert {
    condition     = google_cloudfunctions2_function.upload.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "The function is reachable from the internet."
  }
}

run "no_data_is_lost_by_a_destroy" {
  command = plan

  assert {
    condition     = google_storage_bucket.uploads[0].force_destroy == false
    error_message = "A destroy would delete the uploads."
  }
  assert {
    condition     = google_storage_bucket.uploads[0].soft_delete_policy[0].retention_duration_seconds == 604800
    error_message = "Deleted uploads cannot be restored for seven days."
  }
  assert {
    condition     = google_firestore_database.exports[0].delete_protection_state == "DELETE_PROTECTION_ENABLED"
    error_message = "The database can be deleted."
  }
  assert {
    condition     = google_firestore_database.exports[0].deletion_policy == "ABANDON"
    error_message = "A destroy would delete the job documents."
  }
  assert {
    condition     = alltrue([for service in google_project_service.needed : service.disable_on_destroy == false])
    error_message = "A destroy would switch off services that others in the project use."
  }
}

run "each_part_has_its_own_identity_with_small_roles" {
  command = plan

  assert {
    condition = toset([
      for part, account in google_service_account.part : account.account_id
    ]) == toset([for part in keys(google_service_account.part) : "gdb-export-${part}"])
    error_message = "Two parts share a service account."
  }
  assert {
    condition = length([
      for grant in concat(values(google_project_iam_member.part), google_project_iam_member.storage_publishes, google_project_iam_member.eventarc_agent) :
      grant.role if can(regex("^roles/(owner|editor|viewer|.*[aA]dmin)$", grant.role))
    ]) == 0
    error_message = "A basic or an administrator role is granted on the project."
  }
  assert {
    condition = alltrue([
      for grant in google_project_iam_member.part :
      length(grant.condition) == 1 if startswith(grant.role, "roles/datastore.") || startswith(grant.role, "roles/storage.")
    ])
    error_message = "A role that reads data is granted on the whole project."
  }
  assert {
    condition     = google_cloud_run_v2_job_iam_member.function_starts_job.role == "roles/run.jobsExecutorWithOverrides"
    error_message = "The function's role is not exactly to start the job with overrides."
  }
  assert {
    condition     = google_storage_bucket_iam_member.job_uses_uploads.role == "roles/storage.objectUser"
    error_message = "The job's role on the bucket is not exactly the use of objects."
  }
}

run "an_event_is_delivered_until_it_is_handled" {
  command = plan

  assert {
    condition     = google_cloudfunctions2_function.upload.event_trigger[0].retry_policy == "RETRY_POLICY_RETRY"
    error_message = "A transient fault would lose an upload."
  }
  assert {
    condition     = google_cloudfunctions2_function.upload.event_trigger[0].event_type == "google.cloud.storage.object.v1.finalized"
    error_message = "The function does not receive the events of uploads."
  }
  assert {
    condition     = google_cloud_run_v2_job.export.template[0].template[0].max_retries >= 1
    error_message = "An export would fail when its task is moved to another machine."
  }
}

run "documents_expire" {
  command = plan

  assert {
    condition = alltrue([
      for field in google_firestore_field.expires_at : field.field == "expires_at" && length(field.ttl_config) == 1 && length(google_firestore_field.expires_at) == 3
    ])
    error_message = "Job documents would not expire."
  }
}

run "each_resource_can_have_a_key" {
  command = plan

  variables {
    kms_keys = {
      uploads   = "projects/demo-project/locations/southamerica-east1/keyRings/ring/cryptoKeys/data"
      sources   = "projects/demo-project/locations/southamerica-east1/keyRings/ring/cryptoKeys/data"
      database  = "projects/demo-project/locations/southamerica-east1/keyRings/ring/cryptoKeys/data"
      images    = "projects/demo-project/locations/southamerica-east1/keyRings/ring/cryptoKeys/code"
      functions = "projects/demo-project/locations/southamerica-east1/keyRings/ring/cryptoKeys/code"
      job       = "projects/demo-project/locations/southamerica-east1/keyRings/ring/cryptoKeys/code"
    }
  }

  assert {
    condition = alltrue([
      google_storage_bucket.uploads[0].encryption[0].default_kms_key_name == var.kms_keys.uploads,
      google_storage_bucket.sources.encryption[0].default_kms_key_name == var.kms_keys.sources,
      google_firestore_database.exports[0].cmek_config[0].kms_key_name == var.kms_keys.database,
      google_artifact_registry_repository.images.kms_key_name == var.kms_keys.images,
      google_cloudfunctions2_function.upload.kms_key_name == var.kms_keys.functions,
      google_cloud_run_v2_job.export.template[0].template[0].encryption_key == var.kms_keys.job,
    ])
    error_message = "A resource is stored without the key."
  }
  assert {
    condition = toset(keys(google_kms_crypto_key_iam_member.service_agents)) == toset(concat(
      [for service in ["storage", "firestore"] : "${service} ${var.kms_keys.uploads}"],
      [for service in ["artifactregistry", "cloudfunctions", "eventarc", "run", "storage"] : "${service} ${var.kms_keys.images}"],
    ))
    error_message = "A service that stores data may not use its key, or may use another one."
  }
}

run "a_key_of_the_bucket_leaves_database_and_images_alone" {
  command = plan

  variables {
    kms_keys = { uploads = "projects/demo-project/locations/southamerica-east1/keyRings/ring/cryptoKeys/data" }
  }

  assert {
    condition     = length(google_firestore_database.exports[0].cmek_config) == 0
    error_message = "The database would need a quota that is 0 by default, and an existing one would be replaced."
  }
  assert {
    condition     = google_artifact_registry_repository.images.kms_key_name == null
    error_message = "An existing repository would be replaced, with its images."
  }
}

run "a_prefix_bounds_what_the_job_may_write" {
  command = plan

  variables {
    uploads = { prefix = "cnes/" }
  }

  assert {
    condition = google_storage_bucket_iam_member.job_uses_uploads.condition[0].expression == join(" || ", [
      "resource.type == \"storage.googleapis.com/Bucket\"",
      "resource.name.startsWith(\"projects/_/buckets/demo-project-gdb-export/objects/cnes/\")",
      "resource.name.startsWith(\"projects/_/buckets/demo-project-gdb-export/objects/.parts/\")",
    ])
    error_message = "The job may write outside of the prefix, or not its temporary objects."
  }
}

run "fields_are_set_in_an_edition_that_takes_them" {
  command = plan

  assert {
    condition     = google_firestore_database.exports[0].database_edition == "STANDARD"
    error_message = "Firestore Enterprise refuses settings of fields."
  }
}
