# The job documents in Firestore: collection exports, a document per upload, and
# the subcollection tables of each. The names are those of gdb_export/contract/job_document.py.

locals {
  exports_collection = "exports"
  tables_collection  = "tables"

  # Nobody queries these, and they change with every report or are long: an
  # index entry for each key in them would be written, and billed, for nothing.
  unindexed_fields = {
    (local.exports_collection) = ["options", "progress", "result"]
    (local.tables_collection)  = ["warnings"]
  }
}

resource "google_firestore_field" "expires_at" {
  for_each = toset([local.exports_collection, local.tables_collection])

  database   = local.database
  collection = each.value
  field      = "expires_at"

  ttl_config {}

  # Times that only grow, in one index, limit a collection to 500 writes a second.
  index_config {}
}

resource "google_firestore_field" "unindexed" {
  for_each = merge([
    for collection, fields in local.unindexed_fields : {
      for field in fields : "${collection}.${field}" => { collection = collection, field = field }
    }
  ]...)

  database   = local.database
  collection = each.value.collection
  field      = each.value.field

  index_config {}
}

# gdb-export list --status: the newest of one status.
resource "google_firestore_index" "by_status" {
  database   = local.database
  collection = local.exports_collection

  fields {
    field_path = "status"
    order      = "ASCENDING"
  }
  fields {
    field_path = "created_at"
    order      = "DESCENDING"
  }
}
