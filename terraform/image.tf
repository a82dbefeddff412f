# The job's image: built by Cloud Build during the apply, or given by var.image.

locals {
  image_sources = sort(flatten([
    ["job/Dockerfile", "job/cloudbuild.yaml", "LICENSE", "MANIFEST.in", "pyproject.toml", "requirements/build.txt", "requirements/job.txt"],
    [for file in fileset(local.root, "{gdb_export,job}/**/*.{py,pyx,pxd}") : file],
  ]))
  image_hash = substr(sha256(join("\n", [
    for file in local.image_sources : "${file} ${filesha256("${local.root}/${file}")}"
  ])), 0, 16)

  registry    = "${var.region}-docker.pkg.dev/${local.project_in_addresses}/${google_artifact_registry_repository.images.repository_id}"
  built_image = "${local.registry}/job:${local.image_hash}"
  image       = coalesce(var.image, local.built_image)
}

resource "google_artifact_registry_repository" "images" {
  project       = var.project_id
  labels        = local.labels
  repository_id = var.name
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the job and the function"
  kms_key_name  = var.kms_keys.images

  # The newest versions are kept at any age: the deployed one may be among them.
  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }
  cleanup_policies {
    id     = "delete-the-old"
    action = "DELETE"
    condition {
      older_than = "30d"
    }
  }

  depends_on = [time_sleep.services, time_sleep.key]
}

# Sources of builds: the function's zip, and what gcloud stages for Cloud Build.
resource "google_storage_bucket" "sources" {
  #checkov:skip=CKV_GCP_62:it holds this repository's sources, which are public
  #checkov:skip=CKV_GCP_78:its objects are named by their content and never overwritten
  project                     = var.project_id
  labels                      = local.labels
  name                        = "${local.project_in_names}-${var.name}-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # It holds no user data: everything can be rebuilt from the repository.
  force_destroy = true

  # By default soft delete is off, because everything can be rebuilt. null leaves it to the
  # organisation's policy.
  dynamic "soft_delete_policy" {
    for_each = var.soft_delete_days_of_sources[*]

    content {
      retention_duration_seconds = soft_delete_policy.value * 86400
    }
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age            = 7
      matches_prefix = ["builds/"]
    }
  }

  dynamic "encryption" {
    for_each = var.kms_keys.sources[*]

    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [time_sleep.services, time_sleep.key]
}

resource "terraform_data" "image" {
  count = var.image == null ? 1 : 0

  # A new repository is empty: what was built is built again.
  triggers_replace = {
    image      = local.built_image
    repository = google_artifact_registry_repository.images.create_time
  }

  lifecycle {
    precondition {
      condition     = alltrue([for name in ["job/__main__.py", "gdb_export/csv_rows/kernel/_compiled.pyx", "gdb_export/contract/job_document.py"] : contains(local.image_sources, name)])
      error_message = "The sources of the image lack its entry point, its kernel or the contract: local.image_sources names folders that have moved."
    }
  }

  provisioner "local-exec" {
    working_dir = local.root
    command     = <<-EOT
      gcloud builds submit . --quiet --project="$PROJECT" --config=job/cloudbuild.yaml \
        --region="$REGION" $${WORKER_POOL:+--worker-pool="$WORKER_POOL"} \
        --service-account="$SERVICE_ACCOUNT" --gcs-source-staging-dir="$STAGING" \
        --substitutions="_IMAGE=$IMAGE"
    EOT
    environment = {
      IMAGE           = local.built_image
      PROJECT         = var.project_id
      REGION          = coalesce(var.build_region, var.region)
      SERVICE_ACCOUNT = google_service_account.part["build"].name
      STAGING         = "gs://${google_storage_bucket.sources.name}/builds"
      WORKER_POOL     = var.build_worker_pool == null ? "" : var.build_worker_pool
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build_writes,
    google_project_iam_member.part,
    google_storage_bucket_iam_member.build_reads,
    time_sleep.service_agents,
  ]
}
