# Google's own identities in this project. On a new project the Eventarc agent does
# not exist until somebody asks for it, and a trigger made before it has its role is
# refused ("Permission denied while using the Eventarc Service Agent"): so it is made
# here, given its role, and waited for.

data "google_storage_project_service_account" "agent" {
  depends_on = [google_project_service.needed]
}

resource "google_project_service_identity" "eventarc" {
  provider = google-beta
  service  = "eventarc.googleapis.com"

  depends_on = [google_project_service.needed]
}

resource "google_project_iam_member" "eventarc_agent" {
  #checkov:skip=CKV_GCP_49:it is Google's own agent, with the role that Google made for it
  project = var.project_id
  role    = "roles/eventarc.serviceAgent"
  member  = google_project_service_identity.eventarc.member
}

# Cloud Storage announces objects through Pub/Sub; its topics are made by Eventarc,
# so the project is the narrowest place for this.
resource "google_project_iam_member" "storage_publishes" {
  project = var.project_id
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.agent.member
}

resource "time_sleep" "service_agents" {
  create_duration = "90s"

  triggers = {
    eventarc = google_project_iam_member.eventarc_agent.member
    storage  = google_project_iam_member.storage_publishes.member
    parts    = join(" ", sort([for grant in google_project_iam_member.part : "${grant.role} ${grant.member}"]))
  }
}

# With a key of one's own, the services that store something must be able to use it.
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

  depends_on = [google_project_service.needed]
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
