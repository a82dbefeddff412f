locals {
  console        = "https://console.cloud.google.com"
  database_panel = local.database == "(default)" ? "-default-" : local.database
}

output "bucket" {
  description = "The watched bucket."
  value       = "gs://${local.bucket}"
}

output "bucket_url" {
  description = "The bucket in the console."
  value       = "${local.console}/storage/browser/${local.bucket}?project=${var.project_id}"
}

output "collection_prefix" {
  description = "The beginning of the names of the collections of job documents; gdb-export reads it from COLLECTION_PREFIX."
  value       = local.collection_prefix
}

output "dashboard_url" {
  description = "The dashboard of the exports in the console."
  value       = "${local.console}/monitoring/dashboards/builder/${basename(google_monitoring_dashboard.exports.id)}?project=${var.project_id}"
}

output "documents_url" {
  description = "The job documents in the console."
  value       = "${local.console}/firestore/databases/${local.database_panel}/data/panel/${local.exports_collection}?project=${var.project_id}"
}

output "firestore_database" {
  description = "The database of the job documents."
  value       = local.database
}

output "image" {
  description = "The job's image."
  value       = local.image
}

output "job" {
  description = "The Cloud Run Job."
  value       = google_cloud_run_v2_job.export.id
}

output "job_url" {
  description = "The job and its executions in the console."
  value       = "${local.console}/run/jobs/details/${var.region}/${google_cloud_run_v2_job.export.name}/executions?project=${var.project_id}"
}

output "logs_url" {
  description = "The logs of function and job in the console."
  value       = "${local.console}/logs/query;query=${urlencode(local.logs_filter)}?project=${var.project_id}"
}

output "service_accounts" {
  description = "The service account of each part."
  value       = { for part, account in google_service_account.part : part => account.email }
}

output "uploads" {
  description = "Where to upload databases: the bucket and its prefix, if one is set."
  value       = "gs://${local.bucket}/${var.uploads.prefix}"

  depends_on = [
    google_cloud_run_v2_service_iam_member.trigger_calls_function,
    time_sleep.trigger,
  ]
}
