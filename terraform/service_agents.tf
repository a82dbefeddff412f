# Google's service agents. In a new project the Eventarc agent does not exist until it is requested,
# and a trigger without it is refused ("Permission denied while using the Eventarc Service Agent").
# So it is created here, granted its role, and awaited.
#
# The grants on the project are not this deployment's alone: the triggers of the whole project need
# them, so a destroy keeps them. grant_service_agents = false leaves them to somebody else.

data "google_storage_project_service_account" "agent" {
  project = var.project_id

  depends_on = [time_sleep.services]
}

resource "google_project_service_identity" "eventarc" {
  provider = google-beta
  project  = var.project_id
  service  = "eventarc.googleapis.com"

  depends_on = [time_sleep.services]
}

resource "google_project_iam_member" "eventarc_agent" {
  #checkov:skip=CKV_GCP_49:Google's service agent has the role that is made for it
  count = var.grant_service_agents ? 1 : 0

  project = var.project_id
  role    = "roles/eventarc.serviceAgent"
  member  = google_project_service_identity.eventarc.member

  depends_on = [terraform_data.kept_grants]
}

# Cloud Storage publishes events to Pub/Sub topics that Eventarc creates, so the project is the
# narrowest resource for this grant.
resource "google_project_iam_member" "storage_publishes" {
  count = var.grant_service_agents ? 1 : 0

  project = var.project_id
  role    = "roles/pubsub.publisher"
  member  = data.google_storage_project_service_account.agent.member

  depends_on = [terraform_data.kept_grants]
}

# Terraform revokes a grant when it destroys its resource, and no setting changes that. The grants
# depend on this resource, which is therefore destroyed after them, and then grants them again.
resource "terraform_data" "kept_grants" {
  for_each = merge(
    var.grant_service_agents ? {
      "roles/eventarc.serviceAgent" = google_project_service_identity.eventarc.member
      "roles/pubsub.publisher"      = data.google_storage_project_service_account.agent.member
    } : {},
    var.grant_pubsub_token_creator ? {
      "roles/iam.serviceAccountTokenCreator" = google_project_service_identity.pubsub[0].member
    } : {},
  )

  input = {
    project = var.project_id
    role    = each.key
    member  = each.value
  }

  provisioner "local-exec" {
    when       = destroy
    on_failure = continue
    command    = <<-EOT
      gcloud projects add-iam-policy-binding "$PROJECT" --role="$ROLE" --member="$MEMBER" \
        --condition=None --quiet --format=none || {
        echo "Grant $ROLE to $MEMBER on $PROJECT again if the project has other triggers" >&2
        exit 1
      }
    EOT
    environment = {
      PROJECT = self.input.project
      ROLE    = self.input.role
      MEMBER  = self.input.member
    }
  }
}

moved {
  from = google_project_iam_member.eventarc_agent
  to   = google_project_iam_member.eventarc_agent[0]
}

moved {
  from = google_project_iam_member.storage_publishes
  to   = google_project_iam_member.storage_publishes[0]
}

# Projects whose Pub/Sub agent is of April 2021 or older: it signs the tokens of deliveries itself.
resource "google_project_service_identity" "pubsub" {
  count    = var.grant_pubsub_token_creator ? 1 : 0
  provider = google-beta

  project = var.project_id
  service = "pubsub.googleapis.com"

  depends_on = [time_sleep.services]
}

resource "google_project_iam_member" "pubsub_signs_tokens" {
  #checkov:skip=CKV_GCP_41:an older Pub/Sub agent needs this role to call any function or service
  #checkov:skip=CKV_GCP_49:an older Pub/Sub agent needs this role to call any function or service
  count = var.grant_pubsub_token_creator ? 1 : 0

  project = var.project_id
  role    = "roles/iam.serviceAccountTokenCreator"
  member  = google_project_service_identity.pubsub[0].member

  depends_on = [terraform_data.kept_grants]
}

# Without Cloud Functions' agent and its access to the repository, the first function of a project
# is refused ("Unable to retrieve the repository metadata").
resource "google_project_service_identity" "functions" {
  provider = google-beta
  project  = var.project_id
  service  = "cloudfunctions.googleapis.com"

  depends_on = [time_sleep.services]
}

resource "google_artifact_registry_repository_iam_member" "functions_agent" {
  project    = var.project_id
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.reader"
  member     = google_project_service_identity.functions.member
}

resource "time_sleep" "service_agents" {
  create_duration = "90s"

  triggers = {
    functions = google_artifact_registry_repository_iam_member.functions_agent.member
    eventarc  = join(" ", google_project_iam_member.eventarc_agent[*].member)
    storage   = join(" ", google_project_iam_member.storage_publishes[*].member)
    pubsub    = join(" ", google_project_iam_member.pubsub_signs_tokens[*].member)
    parts     = join(" ", sort([for grant in google_project_iam_member.part : "${grant.role} ${grant.member}"]))
  }
}

# With keys of your own, each service that stores data must be allowed to use its key.
locals {
  encrypting_services = {
    uploads   = ["storage"]
    sources   = ["storage"]
    database  = ["firestore"]
    images    = ["artifactregistry"]
    functions = ["artifactregistry", "cloudfunctions", "eventarc", "run", "storage"]
    job       = ["run"]
  }
  # One grant for a service and a key, even if several resources share the key.
  key_grants = merge([
    for resource, services in local.encrypting_services : {
      for service in services : "${service} ${var.kms_keys[resource]}" => { service = service, key = var.kms_keys[resource] }
    } if var.kms_keys[resource] != null
  ]...)
}

resource "google_project_service_identity" "encrypting" {
  for_each = toset([for grant in local.key_grants : grant.service if grant.service != "storage"])

  provider = google-beta
  project  = var.project_id
  service  = "${each.value}.googleapis.com"

  depends_on = [time_sleep.services]
}

resource "google_kms_crypto_key_iam_member" "service_agents" {
  for_each = local.key_grants

  crypto_key_id = each.value.key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member = (
    each.value.service == "storage"
    ? data.google_storage_project_service_account.agent.member
    : google_project_service_identity.encrypting[each.value.service].member
  )
}

# The grants take effect after a delay. Encrypted resources cannot be created before that.
resource "time_sleep" "key" {
  count = length(local.key_grants) == 0 ? 0 : 1

  create_duration = "60s"

  triggers = { for name, grant in google_kms_crypto_key_iam_member.service_agents : name => grant.member }
}
