# A service account for each part of the system, with the smallest roles on the narrowest
# resources that Google's APIs support.

locals {
  parts = {
    build    = "builds the functions and the job's image"
    function = "receives uploads' events, creates job documents, starts the job"
    job      = "reads databases, writes ZIPs and job documents"
    schedule = "calls the sweep"
    sweep    = "finalises exports whose execution has ended, or starts them again"
    trigger  = "delivers the bucket's events to the function"
  }

  # Roles that can only be granted on the project, narrowed by a condition where possible.
  project_roles = {
    build_logs = { part = "build", role = "roles/logging.logWriter", only = null }
    build_reads_function = {
      part = "build"
      role = "roles/storage.objectViewer"
      only = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-\")"
    }
    function_documents = {
      part = "function"
      role = "roles/datastore.user"
      only = "resource.name == \"${local.database_resource}\""
    }
    job_documents = {
      part = "job"
      role = "roles/datastore.user"
      only = "resource.name == \"${local.database_resource}\""
    }
    sweep_documents = {
      part = "sweep"
      role = "roles/datastore.user"
      only = "resource.name == \"${local.database_resource}\""
    }
    trigger_receives = { part = "trigger", role = "roles/eventarc.eventReceiver", only = null }
  }

  # Conditions of grants on the upload bucket. Listing is a permission on the bucket itself, and a
  # bucket with a hierarchical namespace makes the folders of an object's name.
  bucket_conditions = concat(
    ["resource.type == \"storage.googleapis.com/Bucket\""],
    local.has_folders ? ["resource.name.startsWith(\"projects/_/buckets/${local.bucket}/folders/\")"] : [],
  )
  names_begin_with = {
    for prefix in distinct([var.uploads.prefix, local.parts_prefix]) :
    prefix => "resource.name.startsWith(\"projects/_/buckets/${local.bucket}/objects/${prefix}\")"
  }
}

resource "google_service_account" "part" {
  for_each = local.parts

  project      = var.project_id
  account_id   = "${var.name}-${each.key}"
  display_name = "${var.name}: ${each.value}"

  depends_on = [time_sleep.services]
}

resource "google_project_iam_member" "part" {
  for_each = local.project_roles

  project = var.project_id
  role    = each.value.role
  member  = google_service_account.part[each.value.part].member

  dynamic "condition" {
    for_each = each.value.only[*]

    content {
      title      = replace(each.key, "_", "-")
      expression = condition.value
    }
  }
}

# With a prefix, only objects under it and temporary objects. Listing is a permission on the bucket.
resource "google_storage_bucket_iam_member" "job_uses_uploads" {
  bucket = local.bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.part["job"].member

  dynamic "condition" {
    for_each = var.uploads.prefix == "" ? [] : [var.uploads.prefix]

    content {
      title = "job-uses-uploads"
      expression = join(" || ", concat(
        local.bucket_conditions, [for prefix in [condition.value, local.parts_prefix] : local.names_begin_with[prefix]]
      ))
    }
  }
}

# Only orphaned parts, no uploads and no ZIPs. Listing is a permission on the bucket, not on
# objects.
resource "google_storage_bucket_iam_member" "sweep_removes_parts" {
  bucket = local.bucket
  role   = "roles/storage.objectUser"
  member = google_service_account.part["sweep"].member

  condition {
    title      = "sweep-removes-parts"
    expression = join(" || ", concat(local.bucket_conditions, [local.names_begin_with[local.parts_prefix]]))
  }
}

# A replaced job or function has lost its grants: they are made again in the same apply.
resource "google_cloud_run_v2_job_iam_member" "function_starts_job" {
  project  = var.project_id
  name     = google_cloud_run_v2_job.export.name
  location = google_cloud_run_v2_job.export.location
  role     = "roles/run.jobsExecutorWithOverrides"
  member   = google_service_account.part["function"].member

  lifecycle {
    replace_triggered_by = [google_cloud_run_v2_job.export.id]
  }
}

# The sweep starts exports again that had no access to bucket or document yet.
resource "google_cloud_run_v2_job_iam_member" "sweep_starts_job" {
  project  = var.project_id
  name     = google_cloud_run_v2_job.export.name
  location = google_cloud_run_v2_job.export.location
  role     = "roles/run.jobsExecutorWithOverrides"
  member   = google_service_account.part["sweep"].member

  lifecycle {
    replace_triggered_by = [google_cloud_run_v2_job.export.id]
  }
}

resource "google_cloud_run_v2_job_iam_member" "sweep_sees_executions" {
  project  = var.project_id
  name     = google_cloud_run_v2_job.export.name
  location = google_cloud_run_v2_job.export.location
  role     = "roles/run.viewer"
  member   = google_service_account.part["sweep"].member

  lifecycle {
    replace_triggered_by = [google_cloud_run_v2_job.export.id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "schedule_calls_sweep" {
  project  = var.project_id
  name     = google_cloudfunctions2_function.sweep.name
  location = google_cloudfunctions2_function.sweep.location
  role     = "roles/run.invoker"
  member   = google_service_account.part["schedule"].member

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.sweep.id]
  }
}

resource "google_cloud_run_v2_service_iam_member" "trigger_calls_function" {
  project  = var.project_id
  name     = google_cloudfunctions2_function.upload.name
  location = google_cloudfunctions2_function.upload.location
  role     = "roles/run.invoker"
  member   = google_service_account.part["trigger"].member

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.upload.id]
  }
}

resource "google_storage_bucket_iam_member" "build_reads" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.part["build"].member
}

resource "google_artifact_registry_repository_iam_member" "build_writes" {
  project    = var.project_id
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.part["build"].member
}
