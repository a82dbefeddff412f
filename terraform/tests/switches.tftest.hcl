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

run "a_bucket_without_uniform_access_is_refused" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true }
  }

  override_data {
    target = data.google_storage_bucket.existing[0]
    values = { location = "US", project_number = 123456789012, uniform_bucket_level_access = false }
  }

  expect_failures = [data.google_storage_bucket.existing]
}

run "a_bucket_with_a_location_is_checked_too" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true, location = "US" }
  }

  override_data {
    target = data.google_storage_bucket.existing[0]
    values = { location = "US", project_number = 123456789012, uniform_bucket_level_access = false }
  }

  expect_failures = [data.google_storage_bucket.existing]
}

run "a_bucket_in_another_location_is_refused" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true, location = "EU" }
  }

  override_data {
    target = data.google_storage_bucket.existing[0]
    values = { location = "US", project_number = 123456789012, uniform_bucket_level_access = true }
  }

  expect_failures = [data.google_storage_bucket.existing]
}

run "a_bucket_that_is_not_checked_is_not_looked_up" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true, checked = false, location = "US" }
  }

  assert {
    condition     = length(data.google_storage_bucket.existing) == 0 && output.bucket == "gs://their-bucket"
    error_message = "Terraform would need access to the bucket's settings."
  }
}

run "a_bucket_of_another_project_is_refused" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true }
  }

  override_data {
    target = data.google_storage_bucket.existing[0]
    values = { location = "US", project_number = 999999999999, uniform_bucket_level_access = true }
  }

  expect_failures = [data.google_storage_bucket.existing]
}

run "a_bucket_that_holds_new_objects_is_refused" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true }
  }

  override_data {
    target = data.google_storage_bucket.existing[0]
    values = { location = "US", project_number = 123456789012, uniform_bucket_level_access = true, default_event_based_hold = true }
  }

  expect_failures = [data.google_storage_bucket.existing]
}

run "a_bucket_whose_requesters_pay_is_refused" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true }
  }

  override_data {
    target = data.google_storage_bucket.existing[0]
    values = { location = "US", project_number = 123456789012, uniform_bucket_level_access = true, requester_pays = true }
  }

  expect_failures = [data.google_storage_bucket.existing]
}

run "under_a_retention_policy_one_task_exports" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true }
  }

  override_data {
    target = data.google_storage_bucket.existing[0]
    values = { location = "US", project_number = 123456789012, uniform_bucket_level_access = true, retention_policy = [{ is_locked = false, retention_period = "86400" }] }
  }

  assert {
    condition     = google_cloudfunctions2_function.upload.service_config[0].environment_variables["MAX_TASKS"] == "1"
    error_message = "A part could not be replaced when its task is tried again."
  }
}

run "two_deployments_share_a_database" {
  command = plan

  variables {
    name      = "second"
    firestore = { existing = true }
  }

  assert {
    condition = toset(concat(
      [for field in google_firestore_field.expires_at : field.collection], [google_firestore_index.by_status.collection],
      [for field in google_firestore_field.unindexed : field.collection],
    )) == toset(["second-exports", "second-tables", "second-tasks"])
    error_message = "An index or TTL applies to the collections of another application or deployment."
  }
  assert {
    condition     = google_cloudfunctions2_function.upload.service_config[0].environment_variables["COLLECTION_PREFIX"] == "second-"
    error_message = "The function writes to other collections than those with a TTL."
  }
  assert {
    condition     = output.collection_prefix == "second-"
    error_message = "The command could not find the documents."
  }
}

run "the_roles_of_service_agents_are_left_to_another_deployment" {
  command = plan

  variables {
    grant_service_agents = false
  }

  assert {
    condition     = length(google_project_iam_member.eventarc_agent) + length(google_project_iam_member.storage_publishes) == 0
    error_message = "A destroy would stop the triggers of others in the project."
  }
}

run "an_old_agent_of_pubsub_may_sign_tokens" {
  command = plan

  variables {
    grant_pubsub_token_creator = true
  }

  assert {
    condition     = google_project_iam_member.pubsub_signs_tokens[0].role == "roles/iam.serviceAccountTokenCreator"
    error_message = "Deliveries of a project of before April 2021 would not be authenticated."
  }
}

run "everything_leaves_through_a_network" {
  command = plan

  variables {
    vpc = { subnetwork = "projects/demo-project/regions/southamerica-east1/subnetworks/private" }
  }

  assert {
    condition = alltrue([
      google_cloudfunctions2_function.upload.service_config[0].direct_vpc_egress == "VPC_EGRESS_ALL_TRAFFIC",
      google_cloudfunctions2_function.sweep.service_config[0].direct_vpc_network_interface[0].subnetwork == var.vpc.subnetwork,
      google_cloud_run_v2_job.export.template[0].template[0].vpc_access[0].egress == "ALL_TRAFFIC",
    ])
    error_message = "A part has egress of its own."
  }
}

run "soft_delete_is_left_to_the_organisation" {
  command = plan

  variables {
    uploads                     = { soft_delete_days = null }
    soft_delete_days_of_sources = null
  }

  assert {
    condition     = length(google_storage_bucket.sources.soft_delete_policy) == 0
    error_message = "A policy of the organisation would refuse the bucket."
  }
}

run "a_running_export_keeps_its_parts" {
  command = plan

  variables {
    job = { timeout_minutes = 10080, retries = 3 }
  }

  assert {
    condition = alltrue([
      for rule in google_storage_bucket.uploads[0].lifecycle_rule : one(rule.condition).age >= 28
    ])
    error_message = "Parts would be deleted while an attempt of four weeks still needs them."
  }
}

run "a_project_of_a_domain" {
  command = plan

  variables {
    project_id = "example.com:demo-project"
  }

  assert {
    condition     = google_storage_bucket.uploads[0].name == "example-com-demo-project-gdb-export"
    error_message = "The name of a bucket has no colon, and one with a dot must be a domain."
  }
  assert {
    condition     = startswith(local.registry, "southamerica-east1-docker.pkg.dev/example.com/demo-project/")
    error_message = "The address of an image has no colon in its project."
  }
}

run "limits_of_a_new_project" {
  command = plan

  assert {
    condition     = google_cloudfunctions2_function.upload.service_config[0].max_instance_count == 5
    error_message = "The quota of instances in a region may be smaller."
  }
  assert {
    condition     = google_cloud_run_v2_job.export.template[0].parallelism == 0
    error_message = "Cloud Run refuses a parallelism above the number of tasks."
  }
}

run "nothing_is_loaded_into_bigquery_by_default" {
  command = plan

  assert {
    condition     = length(google_bigquery_dataset.tables) + length(google_bigquery_dataset_iam_member.job_writes_tables) + length(google_bigquery_dataset_iam_member.sweep_removes_staging) + length(google_project_iam_member.job_runs_loads) == 0
    error_message = "A dataset or grants in BigQuery would be made, and none was asked for."
  }
  assert {
    condition     = length([for env in google_cloud_run_v2_job.export.template[0].template[0].containers[0].env : env if startswith(env.name, "BIGQUERY_")]) == 0
    error_message = "The job would load into BigQuery."
  }
}

run "a_dataset_is_made_where_the_bucket_is" {
  command = plan

  variables {
    region   = "southamerica-east1"
    bigquery = { dataset = "brutos_gdb", partitioned = false }
  }

  assert {
    condition     = google_bigquery_dataset.tables[0].location == "SOUTHAMERICA-EAST1"
    error_message = "BigQuery could not load from the bucket: the dataset is elsewhere."
  }
  assert {
    condition     = !google_bigquery_dataset.tables[0].delete_contents_on_destroy
    error_message = "A destroy would remove the tables."
  }
  assert {
    condition = {
      for env in google_cloud_run_v2_job.export.template[0].template[0].containers[0].env : env.name => env.value if startswith(env.name, "BIGQUERY_")
      } == {
      BIGQUERY_COLUMNS       = "data_particao,_source_file,_loaded_at"
      BIGQUERY_DATASET       = "demo-project.brutos_gdb"
      BIGQUERY_UNPARTITIONED = "true"
    }
    error_message = "The job would load elsewhere, or with other columns."
  }
}

run "a_dataset_that_is_far_from_the_bucket_is_refused" {
  command = plan

  variables {
    region   = "southamerica-east1"
    bigquery = { dataset = "brutos_gdb", location = "EU" }
  }

  expect_failures = [google_bigquery_dataset_iam_member.job_writes_tables]
}

run "an_existing_dataset_is_not_made_again" {
  command = plan

  variables {
    region   = "southamerica-east1"
    bigquery = { dataset = "brutos_gdb", existing = true, project = "their-project" }
  }

  override_data {
    target = data.google_bigquery_dataset.existing
    values = { location = "southamerica-east1" }
  }

  assert {
    condition     = length(google_bigquery_dataset.tables) == 0 && google_bigquery_dataset_iam_member.job_writes_tables[0].project == "their-project"
    error_message = "An existing dataset would be made again, or the role granted elsewhere."
  }
}

run "a_dataset_in_eu_takes_a_bucket_in_a_pair_of_its_regions" {
  command = plan

  variables {
    uploads  = { bucket = "their-bucket", existing = true, checked = false, location = "EUR4" }
    bigquery = { dataset = "brutos_gdb", location = "EU" }
  }

  assert {
    condition     = google_bigquery_dataset.tables[0].location == "EU"
    error_message = "A dataset that can load from the bucket would be refused."
  }
}
