variable "alerts" {
  description = "channels: notification channels, projects/PROJECT/notificationChannels/NUMBER; without any, alerts are shown in the console only. stuck_minutes: how long an export may take before an alert. backlog_minutes: how long an event may stay undelivered."
  type = object({
    channels        = optional(list(string), [])
    stuck_minutes   = optional(number, 120)
    backlog_minutes = optional(number, 30)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for channel in var.alerts.channels :
      can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", channel))
    ])
    error_message = "A notification channel is projects/PROJECT/notificationChannels/NUMBER; list yours with: gcloud beta monitoring channels list --format='value(name)'."
  }
  validation {
    condition     = var.alerts.stuck_minutes >= 1 && var.alerts.backlog_minutes >= 1
    error_message = "alerts.stuck_minutes and alerts.backlog_minutes must be at least 1."
  }
}

variable "firestore" {
  description = "The database of the job documents. existing: the database exists, and only TTL and indexes are set. location: the region by default. keep_days: how long documents are kept."
  type = object({
    database          = optional(string, "(default)")
    existing          = optional(bool, false)
    location          = optional(string)
    delete_protection = optional(bool, true)
    keep_days         = optional(number, 90)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.firestore.keep_days >= 1 && var.firestore.keep_days <= 3650
    error_message = "firestore.keep_days must be 1 to 3650."
  }
  validation {
    condition     = var.firestore.database == "(default)" || can(regex("^[a-z][a-z0-9-]{2,61}[a-z0-9]$", var.firestore.database))
    error_message = "A Firestore database is \"(default)\", or 4 to 63 lower case letters, digits and hyphens, beginning with a letter."
  }
}

variable "function" {
  description = "The function that receives the events of uploads. It makes a few API calls, so it needs few resources."
  type = object({
    max_instances = optional(number, 20)
    memory_mib    = optional(number, 512)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.function.max_instances >= 1 && var.function.max_instances <= 100
    error_message = "function.max_instances must be 1 to 100."
  }
  validation {
    condition     = contains([256, 512, 1024, 2048], var.function.memory_mib)
    error_message = "function.memory_mib must be 256, 512, 1024 or 2048."
  }
}

variable "image" {
  description = "An image of the job that is built already, REGISTRY/PATH@sha256:DIGEST or :TAG. null: Cloud Build builds it from this repository when its sources change."
  type        = string
  default     = null

  validation {
    condition     = var.image == null || can(regex("^[a-z0-9.-]+/[^\\s:@]+(:[\\w.-]+|@sha256:[0-9a-f]{64})$", var.image))
    error_message = "image must be a full name with a tag or a digest, such as southamerica-east1-docker.pkg.dev/PROJECT/REPOSITORY/job:1.2."
  }
}

variable "job" {
  description = "The Cloud Run Job. timeout_minutes and retries are per task. parallelism: how many tasks of an execution run at once (0: all). A database larger than task_gib GiB is exported by several tasks, at most max_tasks."
  type = object({
    cpu             = optional(number, 2)
    memory_mib      = optional(number, 2048)
    timeout_minutes = optional(number, 360)
    retries         = optional(number, 3)
    parallelism     = optional(number, 0)
    task_gib        = optional(number, 2)
    max_tasks       = optional(number, 8)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains([1, 2, 4, 6, 8], var.job.cpu)
    error_message = "job.cpu must be 1, 2, 4, 6 or 8, the sizes of Cloud Run."
  }
  validation {
    condition     = var.job.memory_mib >= 512 && var.job.memory_mib <= 32768
    error_message = "job.memory_mib must be 512 to 32768."
  }
  validation {
    condition     = var.job.memory_mib <= lookup({ 1 = 4096, 2 = 8192, 4 = 16384, 6 = 24576 }, var.job.cpu, 32768)
    error_message = "Cloud Run allows at most 4096 MiB with 1 cpu, 8192 with 2, 16384 with 4, 24576 with 6 and 32768 with 8: increase job.cpu or reduce job.memory_mib."
  }
  validation {
    condition     = var.job.memory_mib >= lookup({ 4 = 2048, 6 = 4096, 8 = 4096 }, var.job.cpu, 512)
    error_message = "Cloud Run requires at least 2048 MiB with 4 cpu and 4096 MiB with 6 or 8."
  }
  validation {
    condition     = var.job.timeout_minutes >= 1 && var.job.timeout_minutes <= 10080
    error_message = "job.timeout_minutes must be 1 to 10080 (seven days)."
  }
  validation {
    condition     = var.job.retries >= 1 && var.job.retries <= 10
    error_message = "job.retries must be 1 to 10: without retries an export would fail when Google moves its task to another machine."
  }
  validation {
    condition     = var.job.parallelism >= 0 && var.job.parallelism <= 10000
    error_message = "job.parallelism must be 0 (all at once) to 10000."
  }
  validation {
    condition     = var.job.task_gib > 0
    error_message = "job.task_gib must be greater than 0: it is the largest database that one task exports, in GiB."
  }
  validation {
    condition     = var.job.max_tasks >= 1 && var.job.max_tasks <= 10000
    error_message = "job.max_tasks must be 1 to 10000; with 1, one task exports each database."
  }
}

variable "kms_key" {
  description = "A customer-managed key for the bucket, the database, the images, the function and the job: projects/P/locations/L/keyRings/R/cryptoKeys/K. null: Google's keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "kms_key must be projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY."
  }
}

variable "labels" {
  description = "Labels of all resources that support labels, in addition to app."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "name" {
  description = "The name, or the beginning of the names, of all resources."
  type        = string
  default     = "gdb-export"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,18}[a-z0-9]$", var.name))
    error_message = "name must be 4 to 20 lower case letters, digits and hyphens, beginning with a letter: service accounts are named after it, and Google limits those to 30."
  }
}

variable "project_id" {
  description = "The Google Cloud project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be a project's id (6 to 30 lower case letters, digits and hyphens), not its name or number."
  }
}

variable "region" {
  description = "The region of the function and the job, and by default of the bucket and the database."
  type        = string
  default     = "southamerica-east1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region such as southamerica-east1 or us-central1, not a zone and not a multi-region."
  }
}

variable "sweep_schedule" {
  description = "When the sweep finalises exports whose execution has ended, as cron in UTC."
  type        = string
  default     = "*/10 * * * *"
  nullable    = false

  validation {
    condition     = length(split(" ", var.sweep_schedule)) == 5
    error_message = "sweep_schedule must be a cron line of five fields, such as \"*/10 * * * *\"."
  }
}

variable "uploads" {
  description = "The watched bucket. bucket: its name, PROJECT-NAME by default. existing: the bucket exists and is not changed; set its lifecycle yourself. location: the region by default. prefix: only objects with this prefix are uploads (cnes/). soft_delete_days: how long a deleted object can be restored. delete_sources_after_days, delete_zips_after_days: null keeps them."
  type = object({
    bucket                    = optional(string)
    existing                  = optional(bool, false)
    location                  = optional(string)
    prefix                    = optional(string, "")
    soft_delete_days          = optional(number, 7)
    delete_sources_after_days = optional(number)
    delete_zips_after_days    = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = !var.uploads.existing || var.uploads.bucket != null
    error_message = "uploads.existing needs uploads.bucket, the name of the bucket."
  }
  validation {
    condition     = var.uploads.bucket == null || can(regex("^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$", var.uploads.bucket))
    error_message = "uploads.bucket must be a bucket's bare name, without gs:// and without a path."
  }
  validation {
    condition     = !startswith(var.uploads.prefix, "/") && !startswith(var.uploads.prefix, "gs://")
    error_message = "uploads.prefix is the beginning of the objects' names, without the bucket and without a leading slash, such as \"cnes/\"."
  }
  validation {
    condition     = var.uploads.soft_delete_days == 0 || (var.uploads.soft_delete_days >= 7 && var.uploads.soft_delete_days <= 90)
    error_message = "uploads.soft_delete_days must be 0 (off) or 7 to 90."
  }
  validation {
    condition     = coalesce(var.uploads.delete_sources_after_days, 1) >= 1 && coalesce(var.uploads.delete_zips_after_days, 1) >= 1
    error_message = "uploads.delete_…_after_days must be at least 1, or null to keep them."
  }
  validation {
    condition     = !var.uploads.existing || (var.uploads.delete_sources_after_days == null && var.uploads.delete_zips_after_days == null)
    error_message = "The lifecycle of an existing bucket is not changed: set it with gcloud storage buckets update --lifecycle-file, and leave uploads.delete_…_after_days out."
  }
}
