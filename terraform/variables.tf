variable "alerts" {
  description = "channels: notification channels, projects/PROJECT/notificationChannels/NUMBER; without any, alerts are shown in the console only. stuck_minutes: how long an export may take before an alert. backlog_minutes: how long an event may stay undelivered. silent_minutes: how long the sweep may report no run; more than the interval of sweep_schedule."
  type = object({
    channels        = optional(list(string), [])
    stuck_minutes   = optional(number, 120)
    backlog_minutes = optional(number, 30)
    silent_minutes  = optional(number, 60)
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
  validation {
    condition     = var.alerts.silent_minutes >= 10 && var.alerts.silent_minutes <= 1410
    error_message = "alerts.silent_minutes must be 10 to 1410: Cloud Monitoring looks back at most 23.5 hours for an absence."
  }
}

variable "bigquery" {
  description = "A dataset of BigQuery that the tables of every export are loaded into; nothing is loaded or made without it. dataset: its name. existing: the dataset exists; otherwise it is made, in the bucket's location unless location names another. project: of the dataset, project_id by default. month_column, source_column, loaded_at_column: names of the columns that a load adds. partitioned: new tables are partitioned by month."
  type = object({
    dataset          = string
    existing         = optional(bool, false)
    project          = optional(string)
    location         = optional(string)
    month_column     = optional(string, "data_particao")
    source_column    = optional(string, "_source_file")
    loaded_at_column = optional(string, "_loaded_at")
    partitioned      = optional(bool, true)
  })
  default = null

  validation {
    condition     = var.bigquery == null || can(regex("^[A-Za-z0-9_]+$", var.bigquery.dataset))
    error_message = "bigquery.dataset must be letters, digits and underscores."
  }
  validation {
    condition = var.bigquery == null || alltrue([
      for name in try([var.bigquery.month_column, var.bigquery.source_column, var.bigquery.loaded_at_column], []) :
      can(regex("^[A-Za-z_][A-Za-z0-9_]{0,299}$", name))
    ])
    error_message = "The names of columns in bigquery must be letters, digits and underscores, with no leading digit."
  }
}

variable "build_region" {
  description = "The region of Cloud Build for the job's image, region by default. Some projects may build in a few regions only: docs/operations.md lists them."
  type        = string
  default     = null

  validation {
    condition     = var.build_region == null || can(regex("^([a-z]+-[a-z]+[0-9]+|global)$", var.build_region))
    error_message = "build_region must be a region such as us-central1, or global."
  }
}

variable "build_worker_pool" {
  description = "A private pool for the builds of image and functions, projects/P/locations/L/workerPools/W, for networks that Cloud Build's own pool cannot reach. build_region must be its location."
  type        = string
  default     = null

  validation {
    condition     = var.build_worker_pool == null || can(regex("^projects/[^/]+/locations/[^/]+/workerPools/[^/]+$", var.build_worker_pool))
    error_message = "build_worker_pool must be projects/PROJECT/locations/LOCATION/workerPools/POOL."
  }
}

variable "firestore" {
  description = "The database of the job documents. existing: the database exists, and only TTL and indexes are set. location: the region by default. collection_prefix: the beginning of the names of the collections; nothing in a new database, NAME- in an existing one. keep_days: how long documents are kept."
  type = object({
    database          = optional(string, "(default)")
    existing          = optional(bool, false)
    location          = optional(string)
    collection_prefix = optional(string)
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
  validation {
    condition     = can(regex("^([A-Za-z][A-Za-z0-9_-]{0,63})?$", coalesce(var.firestore.collection_prefix, "x")))
    error_message = "firestore.collection_prefix must be letters, digits, hyphens and underscores, beginning with a letter, or empty."
  }
}

variable "function" {
  description = "The function that receives the events of uploads. It makes a few API calls, so it needs few resources. max_instances: within the quota of the region; an instance handles 8 events at once, and further ones wait."
  type = object({
    max_instances = optional(number, 5)
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

variable "grant_pubsub_token_creator" {
  description = "Grant roles/iam.serviceAccountTokenCreator on the project to Pub/Sub's service agent. Needed where that agent was enabled on or before 8 April 2021."
  type        = bool
  default     = false
  nullable    = false
}

variable "grant_service_agents" {
  description = "Grant the service agents of Eventarc and Cloud Storage their roles on the project. false: they have them already, for another deployment or another system, which a destroy of this one must not affect."
  type        = bool
  default     = true
  nullable    = false
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
  description = "The Cloud Run Job. timeout_minutes and retries are per task. A database larger than task_gib GiB is exported by several tasks, at most max_tasks, which run at once."
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
    condition     = var.job.parallelism == 0
    error_message = "job.parallelism must be 0: Cloud Run refuses a parallelism above the number of tasks, and each execution has its own number. Bound both with job.max_tasks."
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
  description = "Replaced by kms_keys."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null
    error_message = "kms_key is now kms_keys, with a key for each resource. What kms_key stood for is { uploads = KEY, sources = KEY, database = KEY, images = KEY, functions = KEY, job = KEY }; a change of database or images replaces them."
  }
}

variable "kms_keys" {
  description = "Customer-managed keys, projects/P/locations/L/keyRings/R/cryptoKeys/K, in the location of each resource; null: Google's keys. database and images take their key at creation only: a later change replaces them. A database takes one only after Google has raised the project's quota of such databases."
  type = object({
    uploads   = optional(string)
    sources   = optional(string)
    database  = optional(string)
    images    = optional(string)
    functions = optional(string)
    job       = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in values(var.kms_keys) : key == null ? true : can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", key))])
    error_message = "A key must be projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY."
  }
  validation {
    condition     = var.kms_keys.functions == null ? true : try(var.kms_keys.functions == var.kms_keys.images, false)
    error_message = "kms_keys.functions needs the same key as kms_keys.images: Cloud Functions requires it of the repository of a function's images."
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
  validation {
    condition     = !endswith(var.name, "-sweep")
    error_message = "name must not end in -sweep: that is the sweep of the deployment whose name comes before it."
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

variable "soft_delete_days_of_sources" {
  description = "How long deleted sources of builds can be restored: 0 (off), 7 to 90, or null for what the organisation's policy sets."
  type        = number
  default     = 0

  validation {
    condition     = var.soft_delete_days_of_sources == null ? true : var.soft_delete_days_of_sources == 0 || (var.soft_delete_days_of_sources >= 7 && var.soft_delete_days_of_sources <= 90)
    error_message = "soft_delete_days_of_sources must be 0 (off), 7 to 90, or null."
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
  description = "The watched bucket. bucket: its name, PROJECT-NAME by default. existing: the bucket exists and is not changed; set its lifecycle yourself. checked: an existing bucket is looked up and checked (uniform access, its project, holds, who pays); false needs its location, and no access to its settings. location: of a new bucket, the region by default; of an existing one, looked up. prefix: only objects with this prefix are uploads (cnes/). soft_delete_days: how long a deleted object can be restored; null for what the organisation's policy sets. allow_overwrite: whether an uploader may replace a ZIP with export-overwrite. delete_sources_after_days, delete_zips_after_days: null keeps them."
  type = object({
    bucket                    = optional(string)
    existing                  = optional(bool, false)
    checked                   = optional(bool, true)
    location                  = optional(string)
    prefix                    = optional(string, "")
    soft_delete_days          = optional(number, 7)
    allow_overwrite           = optional(bool, true)
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
    condition     = var.uploads.checked || !var.uploads.existing || var.uploads.location != null
    error_message = "uploads.checked = false needs uploads.location, where the bucket is: nothing looks it up then."
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
    condition     = var.uploads.soft_delete_days == null ? true : var.uploads.soft_delete_days == 0 || (var.uploads.soft_delete_days >= 7 && var.uploads.soft_delete_days <= 90)
    error_message = "uploads.soft_delete_days must be 0 (off), 7 to 90, or null."
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

variable "vpc" {
  description = "The network of function, sweep and job, for organisations that require egress through one: names or links of network and subnetwork. Google's APIs must be reachable from it (Private Google Access). egress: ALL_TRAFFIC or PRIVATE_RANGES_ONLY."
  type = object({
    network    = optional(string)
    subnetwork = optional(string)
    egress     = optional(string, "ALL_TRAFFIC")
    tags       = optional(list(string))
  })
  default = null

  validation {
    condition     = var.vpc == null ? true : var.vpc.network != null || var.vpc.subnetwork != null
    error_message = "vpc needs a network, a subnetwork, or both."
  }
  validation {
    condition     = var.vpc == null ? true : contains(["ALL_TRAFFIC", "PRIVATE_RANGES_ONLY"], var.vpc.egress)
    error_message = "vpc.egress must be ALL_TRAFFIC or PRIVATE_RANGES_ONLY."
  }
}
