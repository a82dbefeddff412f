"""Each fuzz target on its seeds and on some mutations of them, without a fuzzer."""

import random

import pytest

from tests.fuzzing.contract import check_document, check_event
from tests.fuzzing.edits import DELETE, INSERT, OVERWRITE, Edit, edited, read_edits
from tests.fuzzing.page_mutator import COMMON_HEADER, mutate_pages
from tests.fuzzing.seeds import golden_files, small_databases
from tests.fuzzing.targets import TARGETS

RUNS = {"edited_files": 3, "small_databases": 20, "small_backups": 6}
RUNS_OF_OTHERS = 200


def flip_a_byte(data: bytes, max_length: int) -> bytes:
    """Stands in for libFuzzer's mutator."""
    index = random.Random(data).randrange(len(data))
    return (data[:index] + bytes([data[index] ^ 0x81]) + data[index + 1 :])[:max_length]


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_and_their_mutations_violate_no_invariant(name: str) -> None:
    target = TARGETS[name]
    seeds = target.seeds()
    for run in range(RUNS.get(name, RUNS_OF_OTHERS)):
        data = seeds[run % len(seeds)]
        if run % 2 and target.mutate is not None:
            data = target.mutate(data, target.max_length, run, flip_a_byte)
        elif run % 2:
            data = flip_a_byte(data, target.max_length)
        target.check(data)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_fit_into_the_inputs(name: str) -> None:
    target = TARGETS[name]
    seeds = target.seeds()
    assert seeds
    assert max(map(len, seeds)) <= target.max_length


def test_an_edit_changes_the_page_that_it_names() -> None:
    data = small_databases()[0]
    script = Edit(OVERWRITE, 0, 0, 3, b"abc").to_bytes() + Edit(DELETE, 0, 0, 5, b"").to_bytes()
    assert [edit.content for edit in read_edits(script)] == [b"abc", b""]
    assert len(edited(data, script)) == len(data) - 1
    assert len(edited(data, Edit(INSERT, 1, 2, 0, b"xy").to_bytes())) == len(data) + 2


def test_the_page_mutator_keeps_most_page_headers() -> None:
    data = small_databases()[0]
    headers = [data[start : start + COMMON_HEADER] for start in range(0, len(data), 1024)]
    kept = 0
    for seed in range(50):
        mutant = mutate_pages(data, len(data), seed, flip_a_byte)
        kept += headers == [
            mutant[start : start + COMMON_HEADER] for start in range(0, len(data), 1024)
        ]
    assert 25 <= kept < 50


def test_the_oracle_finds_an_unexpected_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr("gdb_export.chunks.page_chunks.PageChunks.__init__", fail)
    with pytest.raises(ZeroDivisionError):
        TARGETS["small_databases"].check(small_databases()[0])


def test_golden_files_are_databases_and_backups() -> None:
    kinds = {data[0] for data in golden_files()}
    assert kinds == {0, 1}


@pytest.mark.parametrize("data", [b"[]", b"1", b"{", b"null", b'{"size": "1e9"}'])
def test_inputs_of_another_kind_are_refused(data: bytes) -> None:
    check_event(data)
    check_document(data)
