"""Runs one target under libFuzzer, through atheris.

    PYTHONPATH=functions python -m tests.fuzzing.run_target TARGET [OPTION …] [CORPUS …]

Options and corpus folders are libFuzzer's; the first folder gets the seeds. An input that violates
an invariant ends the process and is written as `crash-…` under the prefix -artifact_prefix.
"""

import sys
from pathlib import Path

import atheris

PACKAGES = ["gdb_export"]


def write_seeds(folder: Path, seeds: list[bytes]) -> None:
    """Write the seeds as files of a corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, seed in enumerate(seeds):
        (folder / f"seed-{index:03}").write_bytes(seed)


def main(name: str, options: list[str]) -> None:
    # coverage is measured in the modules that are imported here
    with atheris.instrument_imports(include=PACKAGES, enable_loader_override=False):
        from tests.fuzzing.targets import TARGETS
    target = TARGETS[name]
    mutate = target.mutate
    custom = {}
    if mutate is not None:
        custom["custom_mutator"] = lambda data, max_size, seed: mutate(
            data, max_size, seed, atheris.Mutate
        )
    folders = [Path(option) for option in options if not option.startswith("-")]
    if folders:
        write_seeds(folders[0], target.seeds())
    arguments = [sys.argv[0], f"-max_len={target.max_length}", *options]
    atheris.Setup(arguments, target.check, **custom)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
