"""The monitor's settings and its README."""

from datetime import timedelta
from pathlib import Path

import pytest

from agents.monitor import domain
from agents.monitor.config import Config, from_environment

README = Path(domain.__file__).parents[1] / "README.md"


def test_the_readme_shows_the_lifecycle_as_it_is() -> None:
    """The diagram in the README is the one `python -m agents.monitor.domain.lifecycle` prints."""
    assert f"```mermaid\n{domain.diagram()}\n```" in README.read_text()


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing need be set."""
    assert from_environment({}) == Config()


def test_every_setting_is_read() -> None:
    """Each setting has its variable."""
    env = {"NATS_URL": "nats://nats:4222", "IROPS_LOG": "json", "IROPS_MONITOR_THRESHOLD_MIN": "15"}
    assert from_environment(env) == Config(nats_url="nats://nats:4222", log="json", threshold=timedelta(minutes=15))


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        pytest.param("IROPS_MONITOR_THRESHOLD_MIN", "soon", "minutes", id="not a number"),
        pytest.param("IROPS_MONITOR_THRESHOLD_MIN", "0", "minutes", id="none at all"),
        pytest.param("IROPS_MONITOR_THRESHOLD_MIN", "nan", "minutes", id="no number"),
        pytest.param("IROPS_LOG", "xml", "json or console", id="no such log"),
        pytest.param("NATS_URL", "here", "nats://", id="no address"),
    ],
)
def test_a_bad_value_is_named(key: str, value: str, wanted: str) -> None:
    """A bad value is refused with its key, itself and what was wanted."""
    with pytest.raises(ValueError, match=f"^{key}='{value}': wanted .*{wanted}"):
        from_environment({key: value})
