# Google's service agents. In a new project the Eventarc agent does not exist until it is requested,
# and a trigger without it is refused ("Permission denied while using the Eventarc Service Agent").
# So it is created here, granted its role, and awaited.

data "google_storage_project_service_account" "agent" {
  depends_on = [time_sleep.services]
}

resource "google_project_service_identity" "eventarc" {
  provider = google-beta
  service  = "eventarc.googleapis.com"

  depends_on = [time_sleep.services]
}

resource "google_project_iam_member" "eventarc_agent" {
  #checkov:skip=CKV_GCP_49:Google's service agent has the role that is made for it
  project = var.project_id
  role    = "roles/eventarc.serviceAgent"
  member  = google_project_service_identity.eventarc.member
}

# Cloud Storage publishes events to Pub/Sub topics that Eventarc creates, so the project is the
# narrowest resource for this grant.
resource "google_project_iam_member" "storage_publishes" {
  project = var.project_id
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.agent.member
}

# Without Cloud Functions' agent and its access to the repository, the first function of a project
# is refused ("Unable to retrieve the repository metadata").
resource "google_project_service_identity" "functions" {
  provider = google-beta
  service  = "cloudfunctions.googleapis.com"

  depends_on = [time_sleep.services]
}

resource "google_artifact_registry_repository_iam_member" "functions_agent" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.reader"
  member     = google_project_service_identity.functions.member
}

resource "time_sleep" "service_agents" {
  create_duration = "90s"

  triggers = {
    functions = google_artifact_registry_repository_iam_member.functions_agent.member
    eventarc  = google_project_iam_member.eventarc_agent.member
    storage   = google_project_iam_member.storage_publishes.member
    parts     = join(" ", sort([for grant in google_project_iam_member.part : "${grant.role} ${grant.member}"]))
  }
}

# With a customer-managed key, each service that stores data must be allowed to use it.
locals {
  encrypting_services = toset([
    "artifactregistry.googleapis.com",
    "cloudfunctions.googleapis.com",
    "eventarc.googleapis.com",
    "firestore.googleapis.com",
    "run.googleapis.com",
  ])
}

resource "google_project_service_identity" "encrypting" {
  for_each = var.kms_key == null ? [] : local.encrypting_services

  provider = google-beta
  service  = each.value

  depends_on = [time_sleep.services]
}

resource "google_kms_crypto_key_iam_member" "service_agents" {
  for_each = var.kms_key == null ? {} : merge(
    { storage = data.google_storage_project_service_account.agent.member },
    { for service, identity in google_project_service_identity.encrypting : service => identity.member },
  )

  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}

# The grants take effect after a delay. Encrypted resources cannot be created before that.
resource "time_sleep" "key" {
  count = var.kms_key == null ? 0 : 1

  create_duration = "60s"

  triggers = { for service, grant in google_kms_crypto_key_iam_member.service_agents : service => grant.member }
}
