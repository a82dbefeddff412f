"""Grants that outlive a deployment, and grants that are made again with what they are on."""

import re

from hcl import PROJECT, resources

KIND = "google_project_iam_member"


def shared_grants() -> set[str]:
    """Roles on the project of members that this deployment does not create."""
    return {
        f"{KIND}.{name}[0]"
        for name, body in resources(KIND).items()
        if "google_service_account.part" not in body["member"]
    }


def test_make_remove_takes_each_grant_of_a_service_agent_out_of_the_state() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    (listed,) = re.findall(r"^SHARED_GRANTS := ((?:.*\\\n)*.*)$", makefile, re.MULTILINE)
    assert len(shared_grants()) == 3
    assert set(re.findall(r"'([^']+)'", listed)) == shared_grants()


def test_a_destroy_grants_the_shared_roles_again() -> None:
    """The grants depend on what grants them again, so that it is destroyed after them."""
    kept = resources("terraform_data")["kept_grants"]
    provisioner = kept["provisioner"][0]["local-exec"]
    assert provisioner["when"] == "destroy"
    assert provisioner["command"].count("add-iam-policy-binding") == 1
    bodies = [resources(KIND)[name.split(".")[1].removesuffix("[0]")] for name in shared_grants()]
    for body in bodies:
        assert body["role"] in kept["for_each"]
        assert body["depends_on"] == ["${terraform_data.kept_grants}"]
    assert len(bodies) == 3


def test_the_grants_of_a_replaced_job_or_function_are_made_again() -> None:
    """A grant on a resource is lost with it; without this a second apply would be needed."""
    found = 0
    for kind in ("google_cloud_run_v2_job_iam_member", "google_cloud_run_v2_service_iam_member"):
        for body in resources(kind).values():
            granted_on = body["name"].removeprefix("${").removesuffix(".name}")
            (lifecycle,) = body["lifecycle"]
            assert lifecycle["replace_triggered_by"] == [f"${{{granted_on}.id}}"]
            found += 1
    assert found >= 5
