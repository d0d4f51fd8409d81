"""The booker's settings; only this module reads the environment."""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from bus import Environment, bad_setting


class Config(Struct, frozen=True, kw_only=True):
    """Built once, in `__main__`."""

    lease: timedelta = timedelta(seconds=3)
    """`IROPS_BOOKER_LEASE_S`, seconds of wall clock, 0.1 to 3600: how long the active booker stays active without a renewal.

    Longer: a standby takes over later when the active booker dies. Shorter: a pause of the machine can cost it its place."""
    renew: timedelta = timedelta(seconds=1)
    """`IROPS_BOOKER_RENEW_S`, seconds of wall clock, 0.01 to 3600: how often it renews; less than the lease."""


def from_environment(variables: Mapping[str, str]) -> Config:
    """Read the settings; absent ones have their defaults. Raises `ValueError` naming the key, its value and what is wanted."""
    environment, default = Environment(variables), Config()
    config = Config(
        lease=environment.seconds("IROPS_BOOKER_LEASE_S", default=default.lease, least=0.1),
        renew=environment.seconds("IROPS_BOOKER_RENEW_S", default=default.renew, least=0.01),
    )
    if config.renew >= config.lease:
        raise bad_setting(
            "IROPS_BOOKER_RENEW_S",
            value=f"{config.renew.total_seconds():g}",
            wanted=f"less than IROPS_BOOKER_LEASE_S, which is {config.lease.total_seconds():g}",
        )
    return config
