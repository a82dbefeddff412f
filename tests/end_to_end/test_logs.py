"""The structured logs of the function and the job."""

import csv
import io
import json
import zipfile
from typing import Any

from gdb_export.contract.job_document import Status
from local.faults import Fault, FaultRule
from tests.end_to_end.console import DATA, Console, database, until

LABELS = "logging.googleapis.com/labels"
TRACE = "logging.googleapis.com/trace"


def lines_about(console: Console, export: str) -> list[dict[str, Any]]:
    """The log lines with the export's label, in all logs except Firestore's."""
    logs = [path for path in console.stack.logs.glob("*.log") if path.name != "firestore.log"]
    lines = [json.loads(line) for path in logs for line in path.read_text().splitlines()]
    return [line for line in lines if line.get(LABELS, {}).get("export") == export]


def test_function_and_job_log_json_under_one_trace(console: Console) -> None:
    blob = console.upload("logged/BACKUP.GDB", database("types"))
    document = console.until_final(blob)
    assert document["status"] == Status.SUCCESS
    console.until_idle()
    lines = lines_about(console, document["task_id"])
    assert {line["severity"] for line in lines} == {"INFO"}
    assert len({line[TRACE] for line in lines}) == 1
    executions = {line[LABELS].get("execution") for line in lines}
    assert executions == {None, document["execution"]["name"]}


def test_every_line_of_an_attempt_has_severity_export_and_trace(console: Console) -> None:
    blob = console.upload("lines/BACKUP.GDB", database("types"))
    document = console.until_final(blob)
    console.until_idle()
    logs = list(console.stack.logs.glob(f"{document['execution']['name']}-*.log"))
    lines = [json.loads(line) for path in logs for line in path.read_text().splitlines()]
    assert lines
    for line in lines:
        assert line["severity"]
        assert line["message"]
        assert line[LABELS]["export"] == document["task_id"]
        assert line[TRACE].startswith("projects/")


def test_the_logs_of_failed_attempts_hold_no_values_and_no_secrets(console: Console) -> None:
    """The URL of an upload session is a secret: it authorises writes."""
    faults = console.stack.faults
    faults.clear()
    faults.add(FaultRule("uploads.put", Fault("status", status=400)))
    faults.add(FaultRule("uploads.put", Fault("status", status=403), skip=1, times=None))
    blob = console.upload("secret/BACKUP.GDB", database("types"))
    until(lambda: console.fields(blob).get("restart_of"))
    document = console.fields(blob)
    faults.clear()
    assert "roles/storage.objectUser" in document["result"]["status"]
    assert len(document["earlier_attempts"]) == 4
    console.until_idle()
    console.document(blob).delete()
    lines = lines_about(console, document["task_id"])
    assert any("stack_trace" in line for line in lines)
    logged = json.dumps(lines, ensure_ascii=False)
    document_text = json.dumps(document, ensure_ascii=False, default=str)
    assert "upload_id" not in logged + document_text
    assert [value for value in long_values() if value in logged] == []


def test_no_value_of_the_database_is_in_a_log(console: Console) -> None:
    blob = console.upload("private/BACKUP.GDB", database("types"))
    document = console.until_final(blob)
    console.until_idle()
    logged = json.dumps(lines_about(console, document["task_id"]), ensure_ascii=False)
    values = long_values()
    assert len(values) > 100
    assert [value for value in values if value in logged] == []


def long_values() -> set[str]:
    """Values of the database that are too long to occur by chance."""
    values: set[str] = set()
    with zipfile.ZipFile(DATA / "types.golden.zip") as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                rows = csv.reader(io.StringIO(archive.read(name).decode()))
                next(rows)
                values.update(value for row in rows for value in row if len(value) >= 8)
    return values
