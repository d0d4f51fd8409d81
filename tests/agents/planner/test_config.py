"""The planner's settings."""

from datetime import timedelta

import pytest

from agents.planner.config import Config, from_environment


def test_an_empty_environment_gives_the_defaults() -> None:
    """No variable is required."""
    assert from_environment({}) == Config()


def test_every_kind_of_setting_is_read() -> None:
    """Counts, durations in their unit, and weights."""
    config = from_environment(
        {
            "IROPS_PLANNER_LAG_LIMIT_S": "0.5",
            "IROPS_PLANNER_LEAD_MIN": "60",
            "IROPS_PLANNER_MAX_CONNECTIONS": "0",
            "IROPS_PLANNER_MARGIN_MIN": "90",
            "IROPS_PLANNER_WEIGHT_DELAY": "1.5",
        }
    )
    assert (config.lag_limit, config.rules.lead) == (timedelta(milliseconds=500), timedelta(hours=1))
    assert (config.rules.max_connections, config.rules.margin) == (0, timedelta(minutes=90))
    assert config.rules.weights.delay == 1.5


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("IROPS_PLANNER_LAG_LIMIT_S", "0", "a number of seconds"),
        ("IROPS_PLANNER_LEAD_MIN", "-1", "a number of minutes"),
        ("IROPS_PLANNER_LATER_MIN", "inf", "a number of minutes"),
        ("IROPS_PLANNER_MARGIN_MIN", "1e300", "a number of minutes"),
        ("IROPS_PLANNER_ALTERNATIVES", "two", "a whole number from 0 to 100"),
        ("IROPS_PLANNER_MAX_CONNECTIONS", "3", "a whole number from 0 to 2"),
        ("IROPS_PLANNER_WEIGHT_FARE", "nan", "a number from 0"),
    ],
)
def test_a_bad_value_is_an_error_with_key_value_and_what_is_wanted(key: str, value: str, wanted: str) -> None:
    """All that is needed to correct it."""
    with pytest.raises(ValueError, match=f"^{key} is '{value}': wanted {wanted}"):
        from_environment({key: value})
