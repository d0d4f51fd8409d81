"""The booker's settings."""

from datetime import timedelta

import pytest

from agents.booker.config import Config, from_environment


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing has to be set."""
    assert from_environment({}) == Config()


def test_every_setting_can_be_set() -> None:
    """Each key reaches its field."""
    assert from_environment(
        {
            "IROPS_BOOKER_LEASE_S": "6",
            "IROPS_BOOKER_RENEW_S": "1.5",
        }
    ) == Config(
        lease=timedelta(seconds=6),
        renew=timedelta(seconds=1.5),
    )


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("IROPS_BOOKER_LEASE_S", "0", "a number of seconds"),
        ("IROPS_BOOKER_RENEW_S", "soon", "a number of seconds"),
        ("IROPS_BOOKER_RENEW_S", "3", "less than IROPS_BOOKER_LEASE_S, which is 3"),
    ],
)
def test_a_bad_value_names_key_value_and_what_is_wanted(key: str, value: str, wanted: str) -> None:
    """The operator sees what to change."""
    with pytest.raises(ValueError, match=f"^{key} is '{value}': wanted {wanted}"):
        from_environment({key: value})
