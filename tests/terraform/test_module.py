"""terraform/ is a module: no provider blocks, a project in each resource, a current reference."""

from hcl import PROJECT, all_resources, has_provider_blocks
from reference import README, with_tables

# Resources without a project: their bucket or key has one, or they need none
WITHOUT_PROJECT = {
    "google_kms_crypto_key_iam_member",
    "google_storage_bucket_iam_member",
    "google_storage_bucket_object",
    "terraform_data",
    "time_sleep",
}


def test_the_module_configures_no_provider() -> None:
    """Terraform refuses count, for_each and depends_on on a module that does."""
    assert not has_provider_blocks()


def test_each_resource_names_its_project() -> None:
    all_of_module = list(all_resources())
    assert len(all_of_module) > 30
    for kind, name, body in all_of_module:
        if kind not in WITHOUT_PROJECT:
            # the dataset may be in another project
            project = "local.dataset_project" if "bigquery_dataset" in kind else "var.project_id"
            assert body.get("project") == f"${{{project}}}", f"{kind}.{name}"


def test_the_tables_of_inputs_and_outputs_are_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_tables(text) == text, "make terraform-reference"


def test_the_readme_lists_every_example() -> None:
    text = README.read_text(encoding="utf-8")
    examples = sorted((PROJECT / "terraform" / "examples").iterdir())
    assert len(examples) >= 3
    for folder in examples:
        assert f"(examples/{folder.name}/main.tf)" in text
