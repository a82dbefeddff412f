# The bucket for uploaded databases and their ZIPs.

data "google_storage_bucket" "existing" {
  count = var.uploads.existing ? 1 : 0
  name  = var.uploads.bucket
}

locals {
  bucket = var.uploads.existing ? data.google_storage_bucket.existing[0].name : google_storage_bucket.uploads[0].name

  parts_prefix = ".parts/"

  # Eventarc requires the trigger in the bucket's location: a region, or eu, us, nam4 …
  bucket_location = lower(var.uploads.existing ? data.google_storage_bucket.existing[0].location : google_storage_bucket.uploads[0].location)

  # The endings of functions/upload.py, in both cases because lifecycle rules are case-sensitive.
  source_endings = [".gdb", ".fdb", ".gbk", ".fbk"]

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

  name                        = coalesce(var.uploads.bucket, "${var.project_id}-${var.name}")
  location                    = coalesce(var.uploads.location, var.region)
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # A destroy fails if the bucket holds objects, so that no data is lost.
  force_destroy = false

  soft_delete_policy {
    retention_duration_seconds = var.uploads.soft_delete_days * 86400
  }

  # Orphaned parts. A running export is never this old.
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 8
      matches_prefix = [local.parts_prefix]
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 8
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
    for_each = var.kms_key[*]

    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [time_sleep.services, time_sleep.key]
}
