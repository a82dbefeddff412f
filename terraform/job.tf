# The job that reads the database and writes the ZIP.

resource "google_cloud_run_v2_job" "export" {
  project  = var.project_id
  labels   = local.labels
  name     = var.name
  location = var.region

  # The job has no state of its own: data is in the bucket and in Firestore.
  deletion_protection = false

  template {
    # All tasks at once: Cloud Run refuses a parallelism above the number of tasks, which is 1 here
    # and overridden for each execution. job.max_tasks bounds both.
    parallelism = 0
    task_count  = 1

    template {
      service_account       = google_service_account.part["job"].email
      execution_environment = "EXECUTION_ENVIRONMENT_GEN2"
      max_retries           = var.job.retries
      timeout               = "${var.job.timeout_minutes * 60}s"
      encryption_key        = var.kms_keys.job

      dynamic "vpc_access" {
        for_each = var.vpc[*]

        content {
          egress = vpc_access.value.egress

          network_interfaces {
            network    = vpc_access.value.network
            subnetwork = vpc_access.value.subnetwork
            tags       = vpc_access.value.tags
          }
        }
      }

      containers {
        image = local.image

        resources {
          limits = {
            cpu    = tostring(var.job.cpu)
            memory = "${var.job.memory_mib}Mi"
          }
        }

        dynamic "env" {
          for_each = merge(local.job_environment, local.bigquery_environment)

          content {
            name  = env.key
            value = env.value
          }
        }
      }
    }
  }

  # Cloud Run's service agent reads the image.
  depends_on = [
    terraform_data.image,
    time_sleep.key,
    time_sleep.service_agents,
  ]
}

locals {
  job_environment = {
    FIRESTORE_DATABASE   = local.database
    GOOGLE_CLOUD_PROJECT = var.project_id
    JOB_REGION           = var.region
    SOURCE_BYTES         = tostring(var.job.memory_mib * 1024 * 1024 / 2)
    TASK_MAX_RETRIES     = tostring(var.job.retries)
  }
}
