"""Looking for garbage: an export makes little of it, and what it loads makes none."""

import gc

_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def raise_gc_thresholds() -> None:
    """A catalogue, and the classes of Google's clients, are many objects and no garbage: looking
    for it is a tenth of the time to load them."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 50, 100)


def freeze_gc() -> None:
    """For a process that ends: the interpreter would look twice more at all that there is."""
    gc.freeze()
