"""The monitor's settings. No other module of it reads the environment."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from bus import Environment


class Config(Struct, frozen=True, kw_only=True):
    """Built once, in `__main__`."""

    threshold: timedelta = timedelta(minutes=30)
    """`IROPS_MONITOR_THRESHOLD_MIN`, minutes, 1 to 1440: a flight is `retimed` when its times are this far from those last
    announced.

    Smaller: people hear of every small delay. Larger: they hear late, and broken connections are found late."""


def from_environment(variables: Mapping[str, str]) -> Config:
    """Defaults for what is absent. Raises `ValueError` naming the key, its value and what is wanted."""
    environment, default = Environment(variables), Config()
    return Config(
        threshold=environment.minutes("IROPS_MONITOR_THRESHOLD_MIN", default=default.threshold, least=1, most=24 * 60)
    )
