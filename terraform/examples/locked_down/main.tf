# An organisation with policies: keys of its own, egress through a network, builds in a private pool,
# and no overwriting by uploaders.

variable "project_id" {
  description = "The Google Cloud project."
  type        = string
}

variable "image" {
  description = "The job's image, by its digest, from the organisation's registry."
  type        = string
}

variable "key_ring" {
  description = "The ring of the keys data and code, in the region."
  type        = string
  default     = "projects/security/locations/southamerica-east1/keyRings/exports"
}

module "gdb_export" {
  source = "../.."

  project_id = var.project_id
  image      = var.image

  kms_keys = {
    uploads   = "${var.key_ring}/cryptoKeys/data"
    sources   = "${var.key_ring}/cryptoKeys/code"
    database  = "${var.key_ring}/cryptoKeys/data"
    images    = "${var.key_ring}/cryptoKeys/code"
    functions = "${var.key_ring}/cryptoKeys/code"
    job       = "${var.key_ring}/cryptoKeys/code"
  }

  vpc = {
    network    = "projects/network/global/networks/shared"
    subnetwork = "projects/network/regions/southamerica-east1/subnetworks/exports"
  }

  build_worker_pool = "projects/builds/locations/southamerica-east1/workerPools/private"

  uploads = {
    soft_delete_days          = null
    allow_overwrite           = false
    delete_sources_after_days = 30
    delete_zips_after_days    = 90
  }
  soft_delete_days_of_sources = null

  alerts = {
    channels = ["projects/${var.project_id}/notificationChannels/1"]
  }
}

output "service_accounts" {
  description = "The service account of each part, for policies and audits."
  value       = module.gdb_export.service_accounts
}
