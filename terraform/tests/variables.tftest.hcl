# Invalid variables are rejected by the plan. The messages are in variables.tf.

mock_provider "google" { source = "./tests/mocks" }
mock_provider "google-beta" { source = "./tests/mocks" }
mock_provider "archive" {}
mock_provider "time" {}

variables {
  project_id = "demo-project"
}

run "an_unchecked_bucket_needs_a_location" {
  command = plan

  variables {
    uploads = { bucket = "their-bucket", existing = true, checked = false }
  }

  expect_failures = [var.uploads]
}

run "a_name_in_capitals" {
  command = plan

  variables {
    name = "GDB"
  }

  expect_failures = [var.name]
}

run "a_name_too_long_for_service_accounts" {
  command = plan

  variables {
    name = "a-name-of-more-than-twenty-characters"
  }

  expect_failures = [var.name]
}

run "a_project_by_its_name" {
  command = plan

  variables {
    project_id = "My Project"
  }

  expect_failures = [var.project_id]
}

run "a_zone_for_a_region" {
  command = plan

  variables {
    region = "us-central1-a"
  }

  expect_failures = [var.region]
}

run "an_image_without_registry_or_tag" {
  command = plan

  variables {
    image = "job"
  }

  expect_failures = [var.image]
}

run "a_key_by_its_short_name" {
  command = plan

  variables {
    kms_keys = { uploads = "key" }
  }

  expect_failures = [var.kms_keys]
}

run "a_function_with_a_key_that_its_images_lack" {
  command = plan

  variables {
    kms_keys = { functions = "projects/p/locations/l/keyRings/r/cryptoKeys/k" }
  }

  expect_failures = [var.kms_keys]
}

run "the_one_key_of_earlier_versions" {
  command = plan

  variables {
    kms_key = "projects/p/locations/l/keyRings/r/cryptoKeys/k"
  }

  expect_failures = [var.kms_key]
}

run "a_parallelism_of_a_job" {
  command = plan

  variables {
    job = { parallelism = 2 }
  }

  expect_failures = [var.job]
}

run "a_name_of_another_deployments_sweep" {
  command = plan

  variables {
    name = "gdb-sweep"
  }

  expect_failures = [var.name]
}

run "a_network_without_a_name" {
  command = plan

  variables {
    vpc = {}
  }

  expect_failures = [var.vpc]
}

run "an_address_for_a_channel" {
  command = plan

  variables {
    alerts = { channels = ["ops@example.org"] }
  }

  expect_failures = [var.alerts]
}

run "an_alert_for_every_export" {
  command = plan

  variables {
    alerts = { stuck_minutes = 0 }
  }

  expect_failures = [var.alerts]
}

run "a_schedule_in_words" {
  command = plan

  variables {
    sweep_schedule = "hourly"
  }

  expect_failures = [var.sweep_schedule]
}

run "a_size_that_cloud_run_does_not_have" {
  command = plan

  variables {
    job = { cpu = 3 }
  }

  expect_failures = [var.job]
}

run "much_memory_for_one_cpu" {
  command = plan

  variables {
    job = { cpu = 1, memory_mib = 8192 }
  }

  expect_failures = [var.job]
}

run "little_memory_for_eight_cpu" {
  command = plan

  variables {
    job = { cpu = 8, memory_mib = 2048 }
  }

  expect_failures = [var.job]
}

run "less_memory_than_cloud_run_gives" {
  command = plan

  variables {
    job = { memory_mib = 256 }
  }

  expect_failures = [var.job]
}

run "more_than_seven_days" {
  command = plan

  variables {
    job = { timeout_minutes = 20000 }
  }

  expect_failures = [var.job]
}

run "no_retries" {
  command = plan

  variables {
    job = { retries = 0 }
  }

  expect_failures = [var.job]
}

run "a_negative_parallelism" {
  command = plan

  variables {
    job = { parallelism = -1 }
  }

  expect_failures = [var.job]
}

run "a_database_of_no_size" {
  command = plan

  variables {
    job = { task_gib = 0 }
  }

  expect_failures = [var.job]
}

run "no_task_at_all" {
  command = plan

  variables {
    job = { max_tasks = 0 }
  }

  expect_failures = [var.job]
}

run "a_prefix_with_its_bucket" {
  command = plan

  variables {
    uploads = { prefix = "gs://bucket/cnes/" }
  }

  expect_failures = [var.uploads]
}

run "a_function_too_small" {
  command = plan

  variables {
    function = { memory_mib = 100 }
  }

  expect_failures = [var.function]
}

run "a_function_that_never_runs" {
  command = plan

  variables {
    function = { max_instances = 0 }
  }

  expect_failures = [var.function]
}

run "a_database_name_in_capitals" {
  command = plan

  variables {
    firestore = { database = "X" }
  }

  expect_failures = [var.firestore]
}

run "documents_that_expire_at_once" {
  command = plan

  variables {
    firestore = { keep_days = 0 }
  }

  expect_failures = [var.firestore]
}

run "an_existing_bucket_without_its_name" {
  command = plan

  variables {
    uploads = { existing = true }
  }

  expect_failures = [var.uploads]
}

run "a_bucket_as_an_address" {
  command = plan

  variables {
    uploads = { bucket = "gs://bucket" }
  }

  expect_failures = [var.uploads]
}

run "a_soft_delete_that_does_not_exist" {
  command = plan

  variables {
    uploads = { soft_delete_days = 3 }
  }

  expect_failures = [var.uploads]
}

run "zips_deleted_at_once" {
  command = plan

  variables {
    uploads = { delete_zips_after_days = 0 }
  }

  expect_failures = [var.uploads]
}

run "a_lifecycle_for_a_bucket_that_is_not_ours" {
  command = plan

  variables {
    uploads = { bucket = "b-1", existing = true, delete_zips_after_days = 5 }
  }

  expect_failures = [var.uploads]
}
