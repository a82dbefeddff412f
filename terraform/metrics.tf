locals {
  function_logs = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"${var.name}\""
  job_logs      = "resource.type=\"cloud_run_job\" AND resource.labels.job_name=\"${var.name}\""
  logs_filter   = "(${local.function_logs}) OR (${local.job_logs})"
}
