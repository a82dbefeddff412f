"""All fuzz targets by name."""

from tests.fuzzing import contract, edited_files, expressions, small_backups, small_databases
from tests.fuzzing.target import Target

TARGETS: dict[str, Target] = {
    "edited_files": edited_files.TARGET,
    "small_databases": small_databases.TARGET,
    "small_backups": small_backups.TARGET,
    "expressions": expressions.TARGET,
    "contract": contract.TARGET,
}
