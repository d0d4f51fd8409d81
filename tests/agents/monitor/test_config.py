"""The monitor's settings and its README."""

from datetime import timedelta
from pathlib import Path

import pytest

from agents.monitor import domain
from agents.monitor.config import Config, from_environment

README = Path(domain.__file__).parents[1] / "README.md"


def test_the_readme_shows_the_table_as_it_is() -> None:
    """The table in the README is the one `python -m agents.monitor.domain.lifecycle` prints."""
    assert f"\n\n{domain.table()}\n\n" in README.read_text()


def test_an_empty_environment_gives_the_defaults() -> None:
    """No variable is required."""
    assert from_environment({}) == Config()


def test_every_setting_is_read() -> None:
    """Each setting has its variable."""
    assert from_environment({"IROPS_MONITOR_THRESHOLD_MIN": "15"}) == Config(threshold=timedelta(minutes=15))


@pytest.mark.parametrize("value", ["soon", "0", "1441"])
def test_a_bad_value_is_an_error_that_names_it(value: str) -> None:
    """The error names the key, the value and what is wanted."""
    wanted = "a number of minutes from 1 to 1440"
    with pytest.raises(ValueError, match=f"^IROPS_MONITOR_THRESHOLD_MIN is '{value}': wanted {wanted}$"):
        from_environment({"IROPS_MONITOR_THRESHOLD_MIN": value})
