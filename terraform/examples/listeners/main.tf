# Two functions of your own that learn, without polling, that an export has ended: one by the ZIP's own
# event, one by an update of the document in Firestore. Take the one that you need.

variable "project_id" {
  description = "The Google Cloud project."
  type        = string
}

variable "image" {
  description = "An image of the job that is built already; null builds it, which needs gcloud."
  type        = string
  default     = null
}

variable "region" {
  description = "The region of the bucket, the database and the functions."
  type        = string
  default     = "southamerica-east1"
}

module "gdb_export" {
  source = "../.."

  project_id = var.project_id
  image      = var.image
  region     = var.region
}

locals {
  bucket = trimprefix(module.gdb_export.bucket, "gs://")

  # The document's event comes after the load into BigQuery, and for failures too. The ZIP's event
  # comes before the load, and for complete exports only.
  listeners = {
    zip = {
      entry_point = "on_zip"
      event_type  = "google.cloud.storage.object.v1.finalized"
      filters     = { bucket = { value = local.bucket, operator = null } }
    }
    document = {
      entry_point = "on_document"
      event_type  = "google.cloud.firestore.document.v1.updated"
      filters = {
        database = { value = module.gdb_export.firestore_database, operator = null }
        document = { value = "${module.gdb_export.collection_prefix}exports/{export}", operator = "match-path-pattern" }
      }
    }
  }

  # To receive events and be called by them, and to read documents
  roles = ["roles/datastore.viewer", "roles/eventarc.eventReceiver", "roles/run.invoker"]
}

resource "google_service_account" "listener" {
  project      = var.project_id
  account_id   = "export-listener"
  display_name = "Learns that exports have ended"
}

resource "google_project_iam_member" "listener" {
  for_each = toset(local.roles)

  project = var.project_id
  role    = each.value
  member  = google_service_account.listener.member
}

resource "google_storage_bucket" "sources" {
  #checkov:skip=CKV_GCP_62:the sources are in the repository too, an access log has no use
  project                     = var.project_id
  name                        = "${var.project_id}-listeners"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }
}

data "archive_file" "source" {
  type        = "zip"
  source_dir  = "${path.module}/../../../examples/listeners"
  output_path = "${path.module}/build/listeners.zip"
}

resource "google_storage_bucket_object" "source" {
  bucket = google_storage_bucket.sources.name
  name   = "listeners-${data.archive_file.source.output_sha256}.zip"
  source = data.archive_file.source.output_path
}

resource "google_cloudfunctions2_function" "listener" {
  for_each = local.listeners

  project     = var.project_id
  name        = "export-ended-${each.key}"
  location    = var.region
  description = "Learns that an export has ended"

  build_config {
    runtime     = "python313"
    entry_point = each.value.entry_point

    # the file in the zip; without it, the function would be in main.py
    environment_variables = { GOOGLE_FUNCTION_SOURCE = "${each.value.entry_point}.py" }

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    service_account_email = google_service_account.listener.email
    available_memory      = "256Mi"
    ingress_settings      = "ALLOW_INTERNAL_ONLY"
  }

  event_trigger {
    event_type            = each.value.event_type
    trigger_region        = var.region
    service_account_email = google_service_account.listener.email
    retry_policy          = "RETRY_POLICY_RETRY"

    dynamic "event_filters" {
      for_each = each.value.filters

      content {
        attribute = event_filters.key
        value     = event_filters.value.value
        operator  = event_filters.value.operator
      }
    }
  }

  depends_on = [google_project_iam_member.listener]
}

output "uploads" {
  description = "Where to upload databases."
  value       = module.gdb_export.uploads
}
