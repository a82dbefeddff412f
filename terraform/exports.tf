# Indexes and TTL of the job documents: a collection with a document per upload, and its
# subcollections. The names are those of gdb_export/contract/job_document.py, after a prefix.

locals {
  # Indexes and TTL apply to every collection of a name in the database, whichever application wrote
  # it. So collections in an existing database have names of their own by default.
  collection_prefix = var.firestore.collection_prefix != null ? var.firestore.collection_prefix : (
    var.firestore.existing ? "${var.name}-" : ""
  )
  exports_collection = "${local.collection_prefix}exports"
  tables_collection  = "${local.collection_prefix}tables"
  tasks_collection   = "${local.collection_prefix}tasks"

  # Not queried, and long or changed by every report: an index entry for each of their keys would
  # be written, and billed, without use.
  unindexed_fields = {
    (local.exports_collection) = ["options", "progress", "result"]
    (local.tables_collection)  = ["warnings"]
    (local.tasks_collection)   = ["progress"]
  }
}

resource "google_firestore_field" "expires_at" {
  for_each = toset([local.exports_collection, local.tables_collection, local.tasks_collection])

  project    = var.project_id
  database   = local.database
  collection = each.value
  field      = "expires_at"

  ttl_config {}

  # An index on growing times would limit the collection to 500 writes per second.
  index_config {}
}

resource "google_firestore_field" "unindexed" {
  for_each = merge([
    for collection, fields in local.unindexed_fields : {
      for field in fields : "${collection}.${field}" => { collection = collection, field = field }
    }
  ]...)

  project    = var.project_id
  database   = local.database
  collection = each.value.collection
  field      = each.value.field

  index_config {}
}

# For gdb-export list --status: the newest exports with a status.
resource "google_firestore_index" "by_status" {
  project    = var.project_id
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
