# The database of the job documents: a new one, or an existing one.

locals {
  database          = var.firestore.existing ? var.firestore.database : google_firestore_database.exports[0].name
  database_resource = "projects/${var.project_id}/databases/${local.database}"
}

resource "google_firestore_database" "exports" {
  count = var.firestore.existing ? 0 : 1

  project     = var.project_id
  name        = var.firestore.database
  location_id = coalesce(var.firestore.location, var.region)
  type        = "FIRESTORE_NATIVE"

  # The fields' settings in exports.tf are those of this edition; Enterprise refuses them.
  database_edition = "STANDARD"

  # A destroy keeps the database and its documents.
  deletion_policy         = "ABANDON"
  delete_protection_state = var.firestore.delete_protection ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"

  dynamic "cmek_config" {
    for_each = var.kms_keys.database[*]

    content {
      kms_key_name = cmek_config.value
    }
  }

  depends_on = [time_sleep.services, time_sleep.key]
}
