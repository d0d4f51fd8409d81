"""The planner's settings."""

from datetime import timedelta

import pytest

from agents.planner.config import Config, from_environment


def test_an_empty_environment_gives_the_defaults() -> None:
    """No variable is required."""
    assert from_environment({}) == Config()


def test_every_kind_of_setting_is_read() -> None:
    """In its unit."""
    config = from_environment(
        {
            "IROPS_PLANNER_LAG_LIMIT_S": "0.5",
        }
    )
    assert config.lag_limit == timedelta(milliseconds=500)


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("IROPS_PLANNER_LAG_LIMIT_S", "0", "a number of seconds"),
    ],
)
def test_a_bad_value_is_an_error_with_key_value_and_what_is_wanted(key: str, value: str, wanted: str) -> None:
    """All that is needed to correct it."""
    with pytest.raises(ValueError, match=f"^{key} is '{value}': wanted {wanted}"):
        from_environment({key: value})
