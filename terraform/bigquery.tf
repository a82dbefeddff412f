# The dataset that every export is loaded into; nothing of this is made when var.bigquery is unset.

data "google_bigquery_dataset" "existing" {
  count = local.looks_up_dataset ? 1 : 0

  project    = local.dataset_project
  dataset_id = var.bigquery.dataset
}

locals {
  loads            = var.bigquery != null
  looks_up_dataset = local.loads && try(var.bigquery.existing, false)
  makes_dataset    = local.loads && !local.looks_up_dataset
  full_dataset     = local.loads ? "${local.dataset_project}.${var.bigquery.dataset}" : ""
  dataset_project  = local.loads ? coalesce(var.bigquery.project, var.project_id) : null

  # BigQuery loads from a bucket in the dataset's location only; a dataset in US or EU also takes the
  # regions in it, and the pairs of them.
  dataset_location = lower(
    local.looks_up_dataset ? data.google_bigquery_dataset.existing[0].location :
    local.makes_dataset ? coalesce(var.bigquery.location, local.bucket_location) : local.bucket_location
  )
  is_dataset_near_bucket = (
    local.dataset_location == local.bucket_location ||
    (local.dataset_location == "us" && can(regex("^(us-|nam4$)", local.bucket_location))) ||
    (local.dataset_location == "eu" && can(regex("^(europe-|eur4$)", local.bucket_location)))
  )

  bigquery_environment = local.loads ? {
    BIGQUERY_DATASET       = local.full_dataset
    BIGQUERY_COLUMNS       = join(",", [var.bigquery.month_column, var.bigquery.source_column, var.bigquery.loaded_at_column])
    BIGQUERY_UNPARTITIONED = tostring(!var.bigquery.partitioned)
  } : {}
}

resource "google_bigquery_dataset" "tables" {
  #checkov:skip=CKV_GCP_81:who needs a key of their own makes the dataset with it and sets bigquery.existing
  count = local.makes_dataset ? 1 : 0

  project     = local.dataset_project
  dataset_id  = var.bigquery.dataset
  location    = upper(local.dataset_location)
  description = "Tables of the databases that are uploaded to gs://${local.bucket}"
  labels      = local.labels

  # A destroy fails while there are tables: it removes no data.
  delete_contents_on_destroy = false

  depends_on = [time_sleep.services]
}

resource "google_bigquery_dataset_iam_member" "job_writes_tables" {
  count = local.loads ? 1 : 0

  project    = local.dataset_project
  dataset_id = local.makes_dataset ? google_bigquery_dataset.tables[0].dataset_id : var.bigquery.dataset
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.part["job"].member

  lifecycle {
    precondition {
      condition     = local.is_dataset_near_bucket
      error_message = "The dataset ${var.bigquery.dataset} is in ${local.dataset_location} and gs://${local.bucket} in ${local.bucket_location}: BigQuery loads from a bucket in the dataset's location only. Set bigquery.dataset to another one, or bigquery.location to the bucket's."
    }
  }
}

# The sweep removes staging tables that a killed execution has left.
resource "google_bigquery_dataset_iam_member" "sweep_removes_staging" {
  count = local.loads ? 1 : 0

  project    = local.dataset_project
  dataset_id = google_bigquery_dataset_iam_member.job_writes_tables[0].dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.part["sweep"].member
}

# Load jobs and queries run, and are billed, in the project of the job.
resource "google_project_iam_member" "job_runs_loads" {
  count = local.loads ? 1 : 0

  project = var.project_id
  role    = "roles/bigquery.jobUser"
  member  = google_service_account.part["job"].member
}
