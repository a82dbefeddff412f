"""Lives a scenario in the engine, in a process of its own: some commits wait for ever for a lock
that another transaction of the same life holds."""

import multiprocessing
import shutil
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.differential.scenarios import Scenario, Step
from tests.engine import create

LONGEST_LIFE = 20.0  # seconds


class Engine:
    """A process that lives one scenario after another, and is replaced when it hangs or fails."""

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._start()

    def live(self, scenario: Scenario, path: Path) -> bool:
        """Makes the database at `path`; False where the engine hung."""
        self._pipe.send((scenario, path))
        try:
            if self._pipe.poll(LONGEST_LIFE):
                self.outcomes += self._pipe.recv()
                return True
            self.outcomes["the engine hung"] += 1
        except EOFError:
            self.outcomes["the engine failed"] += 1
        self.stop()
        self._start()
        return False

    def stop(self) -> None:
        """Kills the process: the engine lets no gentler signal through."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()


def _serve(pipe: Connection) -> None:
    while True:
        scenario, path = pipe.recv()
        pipe.send(live(scenario, path))


def live(scenario: Scenario, path: Path) -> Counter[str]:
    """Makes the database at `path`; statements that the engine refuses are counted, no more."""
    outcomes: Counter[str] = Counter()
    home = path.with_suffix(".living")
    home.unlink(missing_ok=True)
    connection = create(home, page_size=scenario.page_size, dialect=scenario.dialect)
    transactions = {name: _transaction(connection) for name in ("main", "other")}
    if scenario.holds_snapshot:
        _transaction(connection).begin()
    for step in scenario.steps:
        outcomes[_run(transactions[step.transaction], step)] += 1
    if scenario.dies:
        shutil.copyfile(home, path)
    for transaction in connection.transactions:
        if transaction.is_active():
            transaction.rollback()
    connection.close()
    if not scenario.dies:
        shutil.copyfile(home, path)
    home.unlink()
    return outcomes


def _transaction(connection: Any) -> Any:
    """Snapshots that never wait: a conflict is an error at once."""
    from firebird.driver import Isolation, tpb

    return connection.transaction_manager(tpb(Isolation.SNAPSHOT, lock_timeout=0))


def _end(transaction: Any, word: str) -> None:
    if word == "PREPARE":
        transaction._tra.prepare()
    else:
        getattr(transaction, word.lower())()


def _run(transaction: Any, step: Step) -> str:
    """Runs one step; its outcome in words."""
    from firebird.driver import DatabaseError

    word = step.sql.split(None, 1)[0]
    try:
        if word in ("COMMIT", "ROLLBACK", "PREPARE"):
            if transaction.is_active():
                _end(transaction, word)
        else:
            with transaction.cursor() as cursor:
                cursor.execute(step.sql, step.parameters or None)
    except DatabaseError as refusal:
        if word == "COMMIT":
            transaction.rollback()
        return f"{word} refused: {' '.join(str(refusal).split())[:160]}"
    return word
