# The sweep: a function from the same zip, called by a schedule, that finalises exports whose
# execution has ended without doing so.

resource "google_cloudfunctions2_function" "sweep" {
  project      = var.project_id
  labels       = local.labels
  name         = "${var.name}-sweep"
  location     = var.region
  description  = "Finalises exports whose execution ended without reporting a result"
  kms_key_name = var.kms_keys.functions

  build_config {
    runtime           = "python313"
    entry_point       = "on_schedule"
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
    service_account_email          = google_service_account.part["sweep"].email
    available_cpu                  = "1"
    available_memory               = "${var.function.memory_mib}Mi"
    max_instance_count             = 1
    timeout_seconds                = 300
    ingress_settings               = "ALLOW_INTERNAL_ONLY"
    direct_vpc_egress              = var.vpc == null ? null : "VPC_EGRESS_${var.vpc.egress}"
    all_traffic_on_latest_revision = true
    environment_variables          = local.function_environment

    dynamic "direct_vpc_network_interface" {
      for_each = var.vpc[*]

      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.subnetwork
        tags       = direct_vpc_network_interface.value.tags
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build_writes,
    google_project_iam_member.part,
    google_storage_bucket_iam_member.build_reads,
    time_sleep.service_agents,
  ]
}

resource "google_cloud_scheduler_job" "sweep" {
  project          = var.project_id
  name             = "${var.name}-sweep"
  region           = var.region
  description      = "Calls the sweep"
  schedule         = var.sweep_schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = "300s"

  http_target {
    http_method = "POST"
    uri         = google_cloudfunctions2_function.sweep.service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.part["schedule"].email
      audience              = google_cloudfunctions2_function.sweep.service_config[0].uri
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.schedule_calls_sweep]
}
