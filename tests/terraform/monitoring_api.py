"""Compares alert policies and dashboards with the definitions of the Monitoring API.

tests/data/monitoring_api.json.gz holds names, types and enumerations of AlertPolicy (v3) and
Dashboard (v1) from the API's discovery documents, which google-api-python-client carries
(Apache-2.0).
"""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DEFINITIONS = json.loads(
    gzip.decompress((Path(__file__).parents[1] / "data" / "monitoring_api.json.gz").read_bytes())
)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
# Fields of the plan that the provider adds
_ONLY_TERRAFORM = {"id", "project", "deletion_policy", "timeouts", "creation_record"}
# Blocks that are a list in the API too; in a plan, every block is one
_LISTS = {"conditions", "aggregations", "denominator_aggregations", "links"}


def errors_of(root: str, value: Any) -> list[str]:
    """The reasons to refuse a value that is not of the API's type `root`, such as AlertPolicy."""
    return list(_errors(DEFINITIONS[root], {"$ref": root}, value, root))


def _errors(
    types: Mapping[str, Any], declared: Mapping[str, Any], value: Any, place: str
) -> Iterator[str]:
    if reference := declared.get("$ref"):
        declared = types[reference]
    kind = declared.get("type", "object")
    if kind == "array":
        if not isinstance(value, list):
            yield f"{place} must be a list"
            return
        for index, item in enumerate(value):
            yield from _errors(types, declared["items"], item, f"{place}[{index}]")
    elif kind == "object":
        yield from _errors_of_object(types, declared, value, place)
    elif kind in _TYPES and (
        not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")
    ):
        yield f"{place} must be a {kind}, not {value!r}"
    elif "enum" in declared and value not in declared["enum"]:
        yield f"{place} has no value {value}"
    elif declared.get("format") == "google-duration" and not re.fullmatch(r"\d+(\.\d+)?s", value):
        yield f"{place} is no duration: {value}"


def _errors_of_object(
    types: Mapping[str, Any], declared: Mapping[str, Any], value: Any, place: str
) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} must be an object"
        return
    properties = declared.get("properties", {})
    others = declared.get("additionalProperties")
    for name, item in value.items():
        if name in properties:
            yield from _errors(types, properties[name], item, f"{place}.{name}")
        elif others:
            yield from _errors(types, others, item, f"{place}.{name}")
        else:
            yield f"{place} has no field {name}"


def api_value(planned: Mapping[str, Any]) -> dict[str, Any]:
    """The API's form of a planned google_monitoring_alert_policy."""
    fields: dict[str, Any] = {}
    for name, value in planned.items():
        if name in _ONLY_TERRAFORM or value is None or value == []:
            continue
        camel = re.sub(r"_(\w)", lambda match: match[1].upper(), name)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            items = [api_value(item) for item in value]
            fields[camel] = items if name in _LISTS else items[0]
        else:
            fields[camel] = value
    return fields


def errors_in_plan(plan: Mapping[str, Any]) -> list[str]:
    """The errors of all policies and dashboards in the JSON of a plan; there must be some."""
    errors, count = [], 0
    for resource in plan["planned_values"]["root_module"]["resources"]:
        if resource["type"] == "google_monitoring_alert_policy":
            count += 1
            errors += [
                f"{resource['address']}: {text}"
                for text in errors_of("AlertPolicy", api_value(resource["values"]))
            ]
        elif resource["type"] == "google_monitoring_dashboard":
            count += 1
            dashboard = json.loads(resource["values"]["dashboard_json"])
            errors += [
                f"{resource['address']}: {text}" for text in errors_of("Dashboard", dashboard)
            ]
    assert count >= 6, "the plan has too few policies and dashboards"
    return errors
