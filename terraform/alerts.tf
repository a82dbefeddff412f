# Alert policies, each with a documentation that explains it and says where to look.

locals {
  log_metric = { for name, metric in google_logging_metric.export : name => "logging.googleapis.com/user/${metric.name}" }

  thresholds = {
    stuck = {
      title    = "an export waits or runs too long"
      filter   = "metric.type=\"${local.log_metric.oldest_wait}\" AND resource.type=\"cloud_run_revision\""
      aligner  = "ALIGN_PERCENTILE_99"
      limit    = local.wait_limit
      duration = "0s"
      content  = "The oldest unfinished export was uploaded more than ${var.alerts.stuck_minutes} minutes ago. Find its document in the exports collection, with status PENDING or PROGRESS: result.status says what it waits for."
    }
    backlog = {
      title    = "events of uploads are not delivered"
      filter   = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.label.subscription_id=monitoring.regex.full_match(\"eventarc-${local.bucket_location}-${var.name}-[0-9]+-sub-[0-9]+\")"
      aligner  = "ALIGN_MAX"
      limit    = var.alerts.backlog_minutes * 60
      duration = "300s"
      content  = "An event has not been delivered to the function for more than ${var.alerts.backlog_minutes} minutes. Either there are more uploads than executions that may run at once, which resolves itself, or the function fails: see its logs. Events are kept for 24 hours."
    }
    memory = {
      title    = "the job is short of memory"
      filter   = "metric.type=\"run.googleapis.com/container/memory/utilizations\" AND resource.type=\"cloud_run_job\" AND resource.label.job_name=\"${var.name}\""
      aligner  = "ALIGN_PERCENTILE_99"
      limit    = 0.9
      duration = "0s"
      content  = "A task used more than 90 % of its memory; at 100 % it is killed. Increase job.memory_mib and apply."
    }
  }
}

resource "google_monitoring_alert_policy" "failed" {
  project               = var.project_id
  display_name          = "${var.name}: an export failed"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = var.alerts.channels

  conditions {
    display_name = "an export ended with status FAILURE"

    condition_matched_log {
      filter = "(${local.logs_filter}) AND jsonPayload.event=\"export_ended\" AND jsonPayload.status=\"FAILURE\""
      label_extractors = {
        code = "EXTRACT(jsonPayload.code)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "300s"
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "The log line names the document. Its field `result.error` says what happened and what to do; docs/operations.md explains each code."
  }

  depends_on = [time_sleep.services]
}

resource "google_monitoring_alert_policy" "sweep" {
  project               = var.project_id
  display_name          = "${var.name}: the sweep does not run"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = var.alerts.channels

  conditions {
    display_name = "no run of the sweep has reported"

    condition_absent {
      filter   = "metric.type=\"${local.log_metric.sweeps}\" AND resource.type=\"cloud_run_revision\""
      duration = "${var.alerts.silent_minutes * 60}s"

      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = "For ${var.alerts.silent_minutes} minutes the sweep has reported no run. Until it runs again, exports that were killed stay in PROGRESS and no other alert notices waiting exports. See the logs of the function ${var.name}-sweep and the runs of the Cloud Scheduler job of that name."
  }

  depends_on = [time_sleep.metrics]
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.thresholds

  project               = var.project_id
  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = var.alerts.channels

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.limit
      duration        = each.value.duration

      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = "REDUCE_MAX"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    mime_type = "text/markdown"
    content   = each.value.content
  }

  depends_on = [time_sleep.metrics]
}
