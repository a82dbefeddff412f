"""The comparison with the Monitoring API finds mistakes; check.py applies it to the plan."""

import copy
from typing import Any

import pytest
from monitoring_api import api_value, errors_of

POLICY: dict[str, Any] = {
    "id": None,
    "combiner": "OR",
    "display_name": "odd",
    "conditions": [
        {
            "display_name": "odd",
            "condition_threshold": [
                {
                    "filter": "metric.type=1",
                    "comparison": "COMPARISON_GT",
                    "duration": "0s",
                    "threshold_value": 0.9,
                    "aggregations": [
                        {"alignment_period": "600s", "per_series_aligner": "ALIGN_MAX"}
                    ],
                }
            ],
        }
    ],
    "documentation": [{"content": "text"}],
}


def threshold(policy: dict[str, Any]) -> Any:
    return policy["conditions"][0]["condition_threshold"][0]


def test_a_planned_policy_is_one_of_the_api() -> None:
    assert errors_of("AlertPolicy", api_value(POLICY)) == []


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("comparison", "COMPARISON_ABOVE", "has no value COMPARISON_ABOVE"),
        ("duration", "10m", "is no duration: 10m"),
        ("threshold_value", "0.9", "must be a number"),
        ("thresholds", 1, "has no field thresholds"),
    ],
)
def test_a_mistake_in_a_policy_is_found(field: str, value: Any, error: str) -> None:
    policy = copy.deepcopy(POLICY)
    threshold(policy)[field] = value
    [message] = errors_of("AlertPolicy", api_value(policy))
    assert error in message


def test_a_mistake_in_a_dashboard_is_found() -> None:
    tile = {"width": "24", "widget": {"xyChart": {"dataSets": [{"plotType": "LINES"}]}}}
    dashboard = {"displayName": "odd", "mosaicLayout": {"columns": 48, "tiles": [tile]}}
    first, second = errors_of("Dashboard", dashboard)
    assert "width must be a integer" in first
    assert "plotType has no value LINES" in second
