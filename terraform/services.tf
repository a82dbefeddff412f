# The APIs that the system uses, and what all resources share.

locals {
  labels = merge({ app = var.name }, var.labels)

  # The id of a project in a domain, example.com:project, is not allowed in the names of buckets, and
  # has a slash in addresses of images.
  project_in_names     = replace(replace(var.project_id, ":", "-"), ".", "-")
  project_in_addresses = replace(var.project_id, ":", "/")
}

resource "google_project_service" "needed" {
  for_each = toset(concat(local.loads ? ["bigquery.googleapis.com"] : [], [
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "eventarc.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "storage.googleapis.com",
  ]))

  project = var.project_id
  service = each.value

  # Other users of the project may need them.
  disable_on_destroy = false
}

# An enabled service takes a while until its API accepts requests.
resource "time_sleep" "services" {
  create_duration = "60s"

  depends_on = [google_project_service.needed]
}
