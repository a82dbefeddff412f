"""Target: whole databases with pages of 1 KB, all of whose bytes may change."""

from tests.fuzzing import seeds
from tests.fuzzing.checked_export import check_export
from tests.fuzzing.page_mutator import mutate_pages
from tests.fuzzing.target import Target

TARGET = Target(check_export, seeds.small_databases, 180_000, mutate_pages)
