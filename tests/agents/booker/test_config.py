"""The booker's settings."""

from datetime import timedelta

import pytest

from agents.booker.config import Config, from_environment
from contracts.rules import Rules, Weights, by_rank


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing has to be set."""
    assert from_environment({}) == Config()


def test_every_setting_can_be_set() -> None:
    """Each key reaches its field."""
    assert from_environment(
        {
            "IROPS_BOOKER_LEASE_S": "6",
            "IROPS_BOOKER_RENEW_S": "1.5",
            "IROPS_RULES_LEAD_MIN": "60",
            "IROPS_RULES_MAX_CONNECTIONS": "0",
            "IROPS_RULES_KEPT_SHARE": "0.5",
            "IROPS_RULES_WEIGHT_DELAY": "1.5",
            "IROPS_RULES_UPGRADES": "false",
        }
    ) == Config(
        lease=timedelta(seconds=6),
        renew=timedelta(seconds=1.5),
        rules=Rules(
            lead=timedelta(hours=1),
            max_connections=0,
            kept_share=0.5,
            weights=Weights(delay=1.5),
            cabins=by_rank(upgrades=False),
        ),
    )


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("IROPS_BOOKER_LEASE_S", "0", "a number of seconds"),
        ("IROPS_BOOKER_RENEW_S", "soon", "a number of seconds"),
        ("IROPS_RULES_LEAD_MIN", "-1", "a number of minutes"),
        ("IROPS_RULES_LATER_MIN", "inf", "a number of minutes"),
        ("IROPS_RULES_MARGIN_MIN", "1e300", "a number of minutes"),
        ("IROPS_RULES_LONGEST_CONNECTION_MIN", "1500", "a number of minutes from 0 to 1440"),
        ("IROPS_RULES_ALTERNATIVES", "two", "a whole number from 0 to 100"),
        ("IROPS_RULES_MAX_CONNECTIONS", "3", "a whole number from 0 to 2"),
        ("IROPS_RULES_KEPT_SHARE", "1.1", "a number from 0 to 1"),
        ("IROPS_RULES_WEIGHT_FARE", "nan", "a number from 0"),
        ("IROPS_BOOKER_RENEW_S", "3", "less than IROPS_BOOKER_LEASE_S, which is 3"),
    ],
)
def test_a_bad_value_names_key_value_and_what_is_wanted(key: str, value: str, wanted: str) -> None:
    """The operator sees what to change."""
    with pytest.raises(ValueError, match=f"^{key} is '{value}': wanted {wanted}"):
        from_environment({key: value})
