# The function that receives the events of uploads: a zip of functions/ and gdb_export/contract/.

locals {
  root = "${path.module}/.."

  # The function's modules are at the root of the zip, the contract in its package.
  function_files = merge(
    { for file in fileset("${local.root}/functions", "*.{py,txt}") : file => "functions/${file}" },
    { for file in fileset("${local.root}/gdb_export", "{__init__,version}.py") : "gdb_export/${file}" => "gdb_export/${file}" },
    { for file in fileset("${local.root}/gdb_export/contract", "*.py") : "gdb_export/contract/${file}" => "gdb_export/contract/${file}" },
  )

  # A hash of names and contents only: the same sources give the same zip on every machine.
  function_hash = substr(sha256(join("\n", [
    for name, file in local.function_files : "${name} ${filesha256("${local.root}/${file}")}"
  ])), 0, 16)

  # Requests that an instance handles at once, and threads to do so.
  concurrency = 8

  function_environment = {
    ALLOW_OVERWRITE      = tostring(var.uploads.allow_overwrite)
    BIGQUERY_DATASET     = local.full_dataset
    COLLECTION_PREFIX    = local.collection_prefix
    DOCUMENT_DAYS        = tostring(var.firestore.keep_days)
    FIRESTORE_DATABASE   = local.database
    GOOGLE_CLOUD_PROJECT = var.project_id
    JOB_NAME             = google_cloud_run_v2_job.export.id
    # Under a retention policy, a part could not be replaced when its task is tried again.
    MAX_TASKS     = tostring(local.retains ? 1 : var.job.max_tasks)
    TASK_BYTES    = tostring(floor(var.job.task_gib * 1024 * 1024 * 1024))
    UPLOAD_PREFIX = var.uploads.prefix
  }
}

data "archive_file" "function" {
  type             = "zip"
  output_path      = "${path.module}/build/function-${local.function_hash}.zip"
  output_file_mode = "0644"

  dynamic "source" {
    for_each = local.function_files

    content {
      filename = source.key
      content  = file("${local.root}/${source.value}")
    }
  }
}

resource "google_storage_bucket_object" "function" {
  name   = "functions/${local.function_hash}.zip"
  bucket = google_storage_bucket.sources.name
  source = data.archive_file.function.output_path

  lifecycle {
    precondition {
      condition     = alltrue([for name in ["main.py", "requirements.txt", "gdb_export/contract/job_document.py"] : contains(keys(local.function_files), name)])
      error_message = "The function's zip lacks its entry point, its requirements or the contract: local.function_files names folders that have moved."
    }
  }
}

resource "google_cloudfunctions2_function" "upload" {
  project      = var.project_id
  labels       = local.labels
  name         = var.name
  location     = var.region
  description  = "Starts an export for each database that is uploaded to ${local.bucket}"
  kms_key_name = var.kms_keys.functions

  build_config {
    runtime           = "python313"
    entry_point       = "on_upload"
    service_account   = google_service_account.part["build"].name
    docker_repository = google_artifact_registry_repository.images.id
    worker_pool       = var.build_worker_pool

    source {
      storage_source {
        bucket = google_storage_bucket.sources.name
        object = google_storage_bucket_object.function.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.part["function"].email
    available_cpu                    = "1"
    available_memory                 = "${var.function.memory_mib}Mi"
    max_instance_count               = var.function.max_instances
    max_instance_request_concurrency = local.concurrency
    timeout_seconds                  = 60
    ingress_settings                 = "ALLOW_INTERNAL_ONLY"
    direct_vpc_egress                = var.vpc == null ? null : "VPC_EGRESS_${var.vpc.egress}"
    all_traffic_on_latest_revision   = true

    # The server starts four threads for each cpu by default, which would make half of the requests
    # of an instance wait for the other half.
    environment_variables = merge(local.function_environment, { THREADS = tostring(local.concurrency) })

    dynamic "direct_vpc_network_interface" {
      for_each = var.vpc[*]

      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.subnetwork
        tags       = direct_vpc_network_interface.value.tags
      }
    }
  }

  event_trigger {
    event_type            = "google.cloud.storage.object.v1.finalized"
    trigger_region        = local.bucket_location
    service_account_email = google_service_account.part["trigger"].email

    # By default an event is dropped after a failure, so a transient fault would lose an upload.
    retry_policy = "RETRY_POLICY_RETRY"

    event_filters {
      attribute = "bucket"
      value     = local.bucket
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build_writes,
    google_project_iam_member.part,
    google_storage_bucket_iam_member.build_reads,
    time_sleep.service_agents,
  ]
}

# A new trigger takes up to two minutes to work. Uploads before that give no event.
resource "time_sleep" "trigger" {
  create_duration = "120s"

  triggers = { function = google_cloudfunctions2_function.upload.id }
}
