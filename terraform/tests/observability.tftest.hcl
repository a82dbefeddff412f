# The dashboard shows all metrics, and alerts reach the channels.

mock_provider "google" { source = "./tests/mocks" }
mock_provider "google-beta" { source = "./tests/mocks" }
mock_provider "archive" {}
mock_provider "time" {}

variables {
  project_id = "demo-project"
  alerts     = { channels = ["projects/demo-project/notificationChannels/1"] }
}

run "every_alert_is_documented_and_reaches_the_channels" {
  command = plan

  assert {
    condition = alltrue([
      for policy in concat([google_monitoring_alert_policy.failed, google_monitoring_alert_policy.sweep], values(google_monitoring_alert_policy.threshold)) :
      policy.notification_channels == tolist(var.alerts.channels) && length(policy.documentation[0].content) > 80
    ])
    error_message = "An alert has no channel or no documentation."
  }
  assert {
    condition     = toset(keys(google_monitoring_alert_policy.threshold)) == toset(["stuck", "backlog", "memory"])
    error_message = "An alert is missing."
  }
  assert {
    condition     = google_monitoring_alert_policy.threshold["memory"].conditions[0].condition_threshold[0].threshold_value == 0.9
    error_message = "The memory alert has another threshold."
  }
  assert {
    condition     = contains(google_logging_metric.export["oldest_wait"].bucket_options[0].explicit_buckets[0].bounds, google_monitoring_alert_policy.threshold["stuck"].conditions[0].condition_threshold[0].threshold_value)
    error_message = "The limit is inside a bucket, so the percentile is above it too early."
  }
  assert {
    condition     = google_monitoring_alert_policy.sweep.conditions[0].condition_absent[0].duration == "3600s"
    error_message = "Nobody would notice that the sweep fails."
  }
}

run "the_dashboard_shows_every_metric" {
  command = plan

  assert {
    condition = alltrue([
      for metric in google_logging_metric.export :
      strcontains(google_monitoring_dashboard.exports.dashboard_json, metric.name)
    ])
    error_message = "A metric is not shown."
  }
  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.exports.dashboard_json).mosaicLayout.tiles) == 11
    error_message = "A chart is missing."
  }
  assert {
    condition     = !can(regex(":(0|null|\"\"|\\[\\])[,}]", google_monitoring_dashboard.exports.dashboard_json))
    error_message = "Monitoring omits zeros and empty lists, so each plan would show a difference."
  }
}

run "the_sweep_is_called_by_its_own_identity" {
  command = plan

  assert {
    condition     = google_cloud_scheduler_job.sweep.schedule == "*/10 * * * *"
    error_message = "The sweep is not called every ten minutes."
  }
  assert {
    condition     = google_cloudfunctions2_function.sweep.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "The sweep is reachable from the internet."
  }
  assert {
    condition     = google_cloud_run_v2_service_iam_member.schedule_calls_sweep.role == "roles/run.invoker"
    error_message = "The schedule may not call the sweep."
  }
}
