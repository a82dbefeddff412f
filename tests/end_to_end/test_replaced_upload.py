"""Uploads that replace an earlier one."""

import time

from gdb_export.contract.job_document import Status
from gdb_export.contract.results import ErrorCode
from local.faults import Fault, FaultRule
from tests.end_to_end.console import Console, database, until


def test_the_export_of_a_replaced_upload_fails_and_names_the_new_one(console: Console) -> None:
    faults = console.stack.faults
    faults.clear()
    faults.add(FaultRule("objects.get", Fault("slow", seconds=4)))
    older = console.upload("replaced/BACKUP.GDB", database("evolve"))
    until(lambda: faults.injected)
    newer = console.upload("replaced/BACKUP.GDB", database("types"))
    failed = console.until_final(older)
    assert failed["status"] == Status.FAILURE
    error = failed["result"]["error"]
    assert error["code"] == ErrorCode.SOURCE_REPLACED
    assert console.document(newer).path in error["message"]
    assert console.until_final(newer)["status"] == Status.SUCCESS
    console.until_idle()
    faults.clear()
    assert console.names("replaced/") == ["replaced/BACKUP.GDB", "replaced/BACKUP.zip"]


def test_a_dropped_file_that_replaces_a_pending_one_is_named(console: Console) -> None:
    """A copy program removes the old file first: until the new one is complete the name is free."""
    faults = console.stack.faults
    faults.clear()
    faults.add(FaultRule("objects.get", Fault("slow", seconds=3)))
    older = console.upload("dropped/BACKUP.GDB", database("evolve"))
    until(lambda: faults.injected)
    partial = console.stack.uploads / "dropped" / ".BACKUP.GDB.part"
    partial.write_bytes(database("types"))
    time.sleep(2.6)  # so that the delayed request finds the file while it is not an object yet
    partial.replace(console.stack.uploads / "dropped" / "BACKUP.GDB")
    faults.clear()
    failed = console.until_final(older)
    assert failed["result"]["error"]["code"] == ErrorCode.SOURCE_REPLACED
    console.until_idle()


def test_a_second_upload_gets_its_own_zip_if_it_asks_for_it(console: Console) -> None:
    first = console.upload("again/BACKUP.GDB", database("evolve"))
    console.until_final(first)
    same = console.upload("again/BACKUP.GDB", database("evolve"))
    document = console.until_final(same)
    assert document["result"]["output"] == "gs://uploads/again/BACKUP.zip"
    assert "the same content was exported before" in document["result"]["warnings"][0]
    second = console.upload("again/BACKUP.GDB", database("evolve"), **{"export-again": "1"})
    document = console.until_final(second)
    assert document["result"]["output"] == "gs://uploads/again/BACKUP-export1.zip"
    overwriting = console.upload(
        "again/BACKUP.GDB", database("evolve"), **{"export-overwrite": "true"}
    )
    document = console.until_final(overwriting)
    assert document["result"]["output"] == "gs://uploads/again/BACKUP.zip"
    zips = ["again/BACKUP-export1.zip", "again/BACKUP.GDB", "again/BACKUP.zip"]
    assert console.names("again/") == zips


def test_an_object_copied_onto_itself_is_not_exported_again(console: Console) -> None:
    """As by a change of its storage class or encryption, or by a restore."""
    upload = console.upload("itself/BACKUP.GDB", database("evolve"), **{"export-exclude": "E1"})
    first = console.until_final(upload)
    copy = console.bucket.blob("itself/BACKUP.GDB")
    copy.rewrite(upload)
    again = console.until_final(copy)
    assert again["task_id"] != first["task_id"]
    assert again["options"] == first["options"] != {}
    assert again["result"]["output"] == "gs://uploads/itself/BACKUP.zip"
    assert again["result"]["rows"] == first["result"]["rows"]
    assert console.names("itself/") == ["itself/BACKUP.GDB", "itself/BACKUP.zip"]
