# Log-based metrics on the fields that gdb_export/contract/log_events.py writes.

locals {
  function_logs = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=~\"^${var.name}(-sweep)?$\""
  job_logs      = "resource.type=\"cloud_run_job\" AND resource.labels.job_name=\"${var.name}\""
  logs_filter   = "(${local.function_logs}) OR (${local.job_logs})"

  # value: null counts lines; the name of a field gives a distribution of its values.
  log_metrics = {
    exports_started = {
      event  = "export_started"
      value  = null
      unit   = "1"
      labels = []
    }
    exports_ended = {
      event  = "export_ended"
      value  = null
      unit   = "1"
      labels = ["status", "code"]
    }
    export_seconds = {
      event  = "export_ended"
      value  = "seconds"
      unit   = "s"
      labels = ["status"]
    }
    export_rate = {
      event  = "export_ended"
      value  = "megabytes_per_second"
      unit   = "MBy/s"
      labels = []
    }
    sweeps = {
      event  = "swept"
      value  = null
      unit   = "1"
      labels = []
    }
    oldest_wait = {
      event  = "swept"
      value  = "oldest_wait_seconds"
      unit   = "s"
      labels = []
    }
  }
}

# Bounds of the buckets of oldest_wait, in seconds. An alert compares a percentile, which is somewhere
# in the bucket of the value: it is exact if its limit is a bound.
locals {
  wait_limit  = var.alerts.stuck_minutes * 60
  wait_bounds = [for step in range(1, 101) : local.wait_limit * step / 20]
}

resource "google_logging_metric" "export" {
  for_each = local.log_metrics

  project         = var.project_id
  name            = "${var.name}/${each.key}"
  filter          = "(${local.logs_filter}) AND jsonPayload.event=\"${each.value.event}\"${each.value.value == null ? "" : " AND jsonPayload.${each.value.value}>=0"}"
  value_extractor = each.value.value == null ? null : "EXTRACT(jsonPayload.${each.value.value})"
  label_extractors = {
    for label in each.value.labels : label => "EXTRACT(jsonPayload.${label})"
  }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.value == null ? "INT64" : "DISTRIBUTION"
    unit        = each.value.unit

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key = labels.value
      }
    }
  }

  dynamic "bucket_options" {
    for_each = each.value.value[*]

    content {
      # From 0.1 s to about three days, each bound 1.5 times the one before.
      dynamic "exponential_buckets" {
        for_each = each.key == "oldest_wait" ? [] : [0.1]

        content {
          num_finite_buckets = 37
          growth_factor      = 1.5
          scale              = exponential_buckets.value
        }
      }
      dynamic "explicit_buckets" {
        for_each = each.key == "oldest_wait" ? [local.wait_bounds] : []

        content {
          bounds = explicit_buckets.value
        }
      }
    }
  }

  depends_on = [time_sleep.services]
}

# A policy on a newer metric is refused ("cannot find metric").
resource "time_sleep" "metrics" {
  create_duration = "60s"

  triggers = { for name, metric in google_logging_metric.export : name => metric.name }
}
