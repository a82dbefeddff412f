# The smallest deployment: a bucket, a database, and an image that Cloud Build makes in the apply.

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
}

output "uploads" {
  description = "Where to upload databases."
  value       = module.gdb_export.uploads
}

output "dashboard_url" {
  description = "The dashboard of the exports in the console."
  value       = module.gdb_export.dashboard_url
}
