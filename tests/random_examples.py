"""The number of examples of the tests on random input: few in each run, many in `make fuzz`."""

import os

from hypothesis import HealthCheck, settings

# Factor for the number of examples in `make test`
FACTOR = int(os.environ.get("FUZZ_EXAMPLES", "1"))


def few_examples(count: int) -> settings:
    """Settings for `count` examples, the same ones in each run.

    With FUZZ_EXAMPLES=20 they are 20 times as many, and other ones in each run.
    """
    return settings(
        max_examples=count * FACTOR,
        deadline=None,
        derandomize=FACTOR == 1,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
