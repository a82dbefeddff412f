"""Target: whole backups of gbak of a few kilobytes."""

from tests.fuzzing import seeds
from tests.fuzzing.checked_export import check_export
from tests.fuzzing.target import Target

TARGET = Target(check_export, seeds.small_backups, seeds.MAX_SMALL_FILE)
