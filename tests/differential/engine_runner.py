"""Runs scenarios in the engine, in a separate process.

The process can be killed: some commits wait for ever for a lock of another transaction.
"""

import multiprocessing
import shutil
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.differential.scenarios import Scenario, Step
from tests.engine import create

MAX_SECONDS = 20.0  # for a scenario


class EngineRunner:
    """A process that runs one scenario after another; replaced when it hangs or fails."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self._start()

    def __enter__(self) -> "EngineRunner":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, scenario: Scenario, path: Path) -> bool:
        """Create the database at `path`; return False where the engine hung or failed."""
        self._pipe.send((scenario, path))
        try:
            if self._pipe.poll(MAX_SECONDS):
                self.outcomes += self._pipe.recv()
                return True
            self.outcomes["the engine hung"] += 1
        except EOFError:
            self.outcomes["the engine failed"] += 1
        self.stop()
        self._start()
        return False

    def stop(self) -> None:
        """Kill the process: a hanging engine ignores SIGTERM."""
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, child_pipe = context.Pipe()
        self._process = context.Process(target=_serve, args=(child_pipe,), daemon=True)
        self._process.start()
        child_pipe.close()


def _serve(pipe: Connection) -> None:
    while True:
        scenario, path = pipe.recv()
        pipe.send(run_scenario(scenario, path))


def run_scenario(scenario: Scenario, path: Path) -> Counter[str]:
    """Create the database at `path`; count the outcomes of its statements, refused ones too."""
    outcomes: Counter[str] = Counter()
    live_path = path.with_suffix(".live")
    live_path.unlink(missing_ok=True)
    connection = create(live_path, page_size=scenario.page_size, dialect=scenario.dialect)
    transactions = {name: _transaction(connection) for name in ("main", "other")}
    if scenario.holds_snapshot:
        _transaction(connection).begin()
    for step in scenario.steps:
        outcomes[_run_step(transactions[step.transaction], step)] += 1
    if scenario.is_copied_open:
        shutil.copyfile(live_path, path)
    for transaction in connection.transactions:
        if transaction.is_active():
            transaction.rollback()
    connection.close()
    if not scenario.is_copied_open:
        shutil.copyfile(live_path, path)
    live_path.unlink()
    return outcomes


def _transaction(connection: Any) -> Any:
    """A snapshot transaction that does not wait: a conflict is an error at once."""
    from firebird.driver import Isolation, tpb

    return connection.transaction_manager(tpb(Isolation.SNAPSHOT, lock_timeout=0))


def _end(transaction: Any, verb: str) -> None:
    if verb == "PREPARE":
        transaction._tra.prepare()
    else:
        getattr(transaction, verb.lower())()


def _run_step(transaction: Any, step: Step) -> str:
    """Run one step; return its verb, or why it was refused."""
    from firebird.driver import DatabaseError

    verb = step.sql.split(None, 1)[0]
    try:
        if verb in ("COMMIT", "ROLLBACK", "PREPARE"):
            if transaction.is_active():
                _end(transaction, verb)
        else:
            with transaction.cursor() as cursor:
                cursor.execute(step.sql, step.parameters or None)
    except DatabaseError as refusal:
        if verb == "COMMIT":
            transaction.rollback()
        return f"{verb} refused: {' '.join(str(refusal).split())[:160]}"
    return verb
