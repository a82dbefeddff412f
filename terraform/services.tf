# The APIs that the system uses.

resource "google_project_service" "needed" {
  for_each = toset([
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
  ])

  service = each.value

  # Other users of the project may need them.
  disable_on_destroy = false
}

# An enabled service takes a while until its API accepts requests.
resource "time_sleep" "services" {
  create_duration = "60s"

  depends_on = [google_project_service.needed]
}
