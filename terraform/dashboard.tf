# A dashboard of uploads, exports and resources.

locals {
  job_metric = "resource.type=\"cloud_run_job\" AND resource.label.job_name=\"${var.name}\""

  # Two charts per row. The API omits zeros and empty lists in its responses. They are omitted here
  # too, or each plan would show a difference.
  positions = [
    for index in range(length(local.charts)) : {
      for side, distance in { xPos = 24 * (index % 2), yPos = 12 * floor(index / 2) } : side => distance if distance > 0
    }
  ]

  # by: the label whose values are separate lines.
  charts = [
    { title = "Uploads", unit = "1", aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = null
    filter = "metric.type=\"${local.log_metric.exports_started}\"" },
    { title = "Running executions", unit = "1", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = null
    filter = "metric.type=\"run.googleapis.com/job/running_executions\" AND ${local.job_metric}" },
    { title = "Done", unit = "1", aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = null
    filter = "metric.type=\"${local.log_metric.exports_ended}\" AND metric.label.status=\"SUCCESS\"" },
    { title = "Failed and cancelled, by reason", unit = "1", aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = "metric.label.code"
    filter = "metric.type=\"${local.log_metric.exports_ended}\" AND metric.label.status!=\"SUCCESS\"" },
    { title = "Duration, 95th percentile", unit = "s", aligner = "ALIGN_PERCENTILE_95", reducer = "REDUCE_MAX", by = null
    filter = "metric.type=\"${local.log_metric.export_seconds}\" AND metric.label.status=\"SUCCESS\"" },
    { title = "MB of database per second, median", unit = "MBy/s", aligner = "ALIGN_PERCENTILE_50", reducer = "REDUCE_MEAN", by = null
    filter = "metric.type=\"${local.log_metric.export_rate}\"" },
    { title = "Memory used, 99th percentile", unit = "1", aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", by = null
    filter = "metric.type=\"run.googleapis.com/container/memory/utilizations\" AND ${local.job_metric}" },
    { title = "Age of the oldest unfinished export", unit = "s", aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", by = null
    filter = "metric.type=\"${local.log_metric.oldest_wait}\"" },
    { title = "Age of the oldest undelivered event", unit = "s", aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", by = null
    filter = "${local.thresholds.backlog.filter}" },
    { title = "Runs of the sweep", unit = "1", aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = null
    filter = "metric.type=\"${local.log_metric.sweeps}\"" },
    { title = "Executions, by result", unit = "1", aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = "metric.label.result"
    filter = "metric.type=\"run.googleapis.com/job/completed_execution_count\" AND ${local.job_metric}" },
  ]
}

resource "google_monitoring_dashboard" "exports" {
  project = var.project_id
  dashboard_json = jsonencode({
    displayName = var.name
    mosaicLayout = {
      columns = 48
      tiles = [
        for index, chart in local.charts : merge(local.positions[index], {
          width  = 24
          height = 12
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  unitOverride = chart.unit
                  timeSeriesFilter = {
                    filter = chart.filter
                    aggregation = merge({
                      alignmentPeriod    = "300s"
                      perSeriesAligner   = chart.aligner
                      crossSeriesReducer = chart.reducer
                    }, { for field, labels in { groupByFields = chart.by[*] } : field => labels if length(labels) > 0 })
                  }
                }
              }]
            }
          }
        })
      ]
    }
  })

  depends_on = [time_sleep.services]
}
