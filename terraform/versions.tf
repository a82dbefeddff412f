# The lock file belongs to a deployment, not to this repository: `terraform init` writes it, with the
# selected providers and their checksums. Keep it with the state. `make terraform-check` checks the
# oldest and the newest version within these bounds.
#
# There is no provider block: each resource names its project and its labels, so that this folder is
# a module as well as a configuration of its own.

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
