# There is no lock file here: it belongs to who deploys. `terraform init` writes one, with the
# providers that were found there and their checksums; keep it where you keep the state. These
# bounds are what `make terraform-check` tries, the oldest and the newest.

terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    archive = {
      source  = "hashicorp/archive"
      version = "~> 2.7"
    }
    google = {
      source  = "hashicorp/google"
      version = ">= 7.46, < 9.0"
    }
    google-beta = {
      source  = "hashicorp/google-beta"
      version = ">= 7.46, < 9.0"
    }
    time = {
      source  = "hashicorp/time"
      version = "~> 0.12"
    }
  }
}

provider "google" {
  project        = var.project_id
  region         = var.region
  default_labels = merge({ app = var.name }, var.labels)
}

# Only for the identities of Google's own services, which the other one lacks.
provider "google-beta" {
  project = var.project_id
  region  = var.region
}
