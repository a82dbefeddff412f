# The bucket for uploaded databases and their ZIPs.

# An existing bucket is looked up and checked, unless uploads.checked is false: then Terraform needs
# no access to the bucket's settings.
data "google_project" "this" {
  count      = local.looks_up_bucket ? 1 : 0
  project_id = var.project_id
}

data "google_storage_bucket" "existing" {
  count = local.looks_up_bucket ? 1 : 0
  name  = var.uploads.bucket

  lifecycle {
    postcondition {
      condition     = lower(coalesce(var.uploads.location, self.location)) == lower(self.location)
      error_message = "gs://${var.uploads.bucket} is not in ${coalesce(var.uploads.location, "-")}, so Eventarc would refuse the trigger. Leave uploads.location out: it is looked up."
    }
    postcondition {
      condition     = self.uniform_bucket_level_access
      error_message = "gs://${var.uploads.bucket} has no uniform bucket-level access, which conditional grants need. Switch it on (gcloud storage buckets update gs://${var.uploads.bucket} --uniform-bucket-level-access; access by ACLs of objects ends), or use another bucket."
    }
    postcondition {
      condition     = tostring(self.project_number) == data.google_project.this[0].number
      error_message = "gs://${var.uploads.bucket} belongs to another project than ${var.project_id}: Eventarc delivers the events of buckets of its own project only. Deploy in the bucket's project, or use another bucket."
    }
    postcondition {
      condition     = !coalesce(self.requester_pays, false)
      error_message = "gs://${var.uploads.bucket} lets the requester pay, which the job does not support. Switch it off (gcloud storage buckets update gs://${var.uploads.bucket} --no-requester-pays), or use another bucket."
    }
    postcondition {
      condition     = !coalesce(self.default_event_based_hold, false)
      error_message = "gs://${var.uploads.bucket} holds new objects (default event-based hold), so temporary objects could never be removed. Switch it off (gcloud storage buckets update gs://${var.uploads.bucket} --no-default-event-based-hold), or use another bucket."
    }
  }
}

locals {
  looks_up_bucket = var.uploads.existing && var.uploads.checked

  bucket = (
    local.looks_up_bucket ? data.google_storage_bucket.existing[0].name :
    var.uploads.existing ? var.uploads.bucket : google_storage_bucket.uploads[0].name
  )

  parts_prefix = ".parts/"

  # Longer than any execution: parts that are older are orphaned.
  parts_days = max(8, ceil(var.job.timeout_minutes * (var.job.retries + 1) / 1440) + 1)

  # Features of an existing bucket.
  retains     = try(length(data.google_storage_bucket.existing[0].retention_policy) > 0, false)
  has_folders = try(data.google_storage_bucket.existing[0].hierarchical_namespace[0].enabled, false)

  # Eventarc requires the trigger in the bucket's location: a region, or eu, us, nam4 …
  bucket_location = lower(
    local.looks_up_bucket ? data.google_storage_bucket.existing[0].location :
    var.uploads.existing ? var.uploads.location : google_storage_bucket.uploads[0].location
  )

  # The endings of functions/upload.py, in both cases because lifecycle rules are case-sensitive.
  source_endings = [".gdb", ".fdb", ".ib", ".gbk", ".fbk"]

  days_until_deleted = {
    for kind, days in {
      sources = var.uploads.delete_sources_after_days
      zips    = var.uploads.delete_zips_after_days
    } : kind => days if days != null
  }
  endings = {
    sources = concat(local.source_endings, [for ending in local.source_endings : upper(ending)])
    zips    = [".zip"]
  }
}

resource "google_storage_bucket" "uploads" {
  #checkov:skip=CKV_GCP_62:access logs would cost a write per access; Cloud Audit Logs give the same, see docs/security.md
  #checkov:skip=CKV_GCP_78:soft delete keeps deleted and overwritten objects; versioning would bill large uploads twice
  count = var.uploads.existing ? 0 : 1

  project                     = var.project_id
  labels                      = local.labels
  name                        = coalesce(var.uploads.bucket, "${local.project_in_names}-${var.name}")
  location                    = coalesce(var.uploads.location, var.region)
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # A destroy fails if the bucket holds objects, so that no data is lost.
  force_destroy = false

  # null leaves it to the organisation's policy.
  dynamic "soft_delete_policy" {
    for_each = var.uploads.soft_delete_days[*]

    content {
      retention_duration_seconds = soft_delete_policy.value * 86400
    }
  }

  # Orphaned parts. A running export is never this old.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = local.parts_days
      matches_prefix = [local.parts_prefix]
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = local.parts_days
    }
  }

  dynamic "lifecycle_rule" {
    for_each = local.days_until_deleted

    content {
      action {
        type = "Delete"
      }
      condition {
        age            = lifecycle_rule.value
        matches_suffix = local.endings[lifecycle_rule.key]
      }
    }
  }

  dynamic "encryption" {
    for_each = var.kms_keys.uploads[*]

    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [time_sleep.services, time_sleep.key]
}
