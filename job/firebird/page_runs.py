"""Data pages that are read together: those that lie one after another in the file."""

from collections.abc import Iterator, Sequence

from job.firebird.page_file import PageFile

Part = tuple[int, int]  # sequence and number of a data page


def runs(parts: Sequence[Part]) -> Iterator[tuple[int, list[int]]]:
    """Pages that lie one after another in the file: (first page number, their sequences)."""
    first, sequences = 0, list[int]()
    for sequence, number in parts:
        if sequences and number == first + len(sequences):
            sequences.append(sequence)
            continue
        if sequences:
            yield first, sequences
        first, sequences = number, [sequence]
    if sequences:
        yield first, sequences


def stretches(pages: PageFile, parts: Sequence[Part]) -> Iterator[tuple[list[Part], bytes]]:
    """Parts with the bytes of their pages: all at once, but pages beyond the end of the file
    end a stretch, since bytes are missing there."""
    held: list[Part] = []
    pieces: list[bytes] = []
    for first, sequences in runs(parts):
        data = pages.run(first, len(sequences))
        held += [(sequence, first + place) for place, sequence in enumerate(sequences)]
        pieces.append(data)
        if len(data) < len(sequences) * pages.page_size:
            yield held, b"".join(pieces)
            held, pieces = [], []
    if held:
        yield held, b"".join(pieces)
