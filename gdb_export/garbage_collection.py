"""Tunes the cyclic garbage collector: an export creates few cycles."""

import gc

_OBJECTS_BETWEEN_COLLECTIONS = 100_000
# Collections of a generation between two collections of the next older one
_MIDDLE_THRESHOLD, _OLD_THRESHOLD = 50, 100


def raise_gc_thresholds() -> None:
    """Collect seldom. Loading a catalogue or the classes of Google's clients creates many objects
    and no garbage; at the default thresholds a tenth of the loading time is spent on collections.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, _MIDDLE_THRESHOLD, _OLD_THRESHOLD)


def freeze_gc() -> None:
    """Exclude all objects from the two collections that the interpreter runs when it exits."""
    gc.freeze()
