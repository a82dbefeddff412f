# A bucket and a Firestore database that other systems use too, in a project with another deployment.

variable "project_id" {
  description = "The Google Cloud project."
  type        = string
}

variable "image" {
  description = "An image of the job that is built already; null builds it, which needs gcloud."
  type        = string
  default     = null
}

module "gdb_export" {
  source = "../.."

  project_id = var.project_id
  image      = var.image
  name       = "cnes-export"

  # Only objects under cnes/ are uploads, and the job may write only there. Terraform has no access to
  # the settings of this bucket; without checked and location it looks the bucket up and checks it.
  uploads = {
    bucket   = "health-databases"
    existing = true
    checked  = false
    location = "southamerica-east1"
    prefix   = "cnes/"
  }

  # Its collections are cnes-export-exports, cnes-export-tables and cnes-export-tasks.
  firestore = {
    database = "(default)"
    existing = true
  }

  # The other deployment has made these grants.
  grant_service_agents = false
}

output "uploads" {
  description = "Where to upload databases."
  value       = module.gdb_export.uploads
}

output "collection_prefix" {
  description = "The value of COLLECTION_PREFIX for gdb-export."
  value       = module.gdb_export.collection_prefix
}
