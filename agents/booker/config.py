"""The booker's settings: the only place here that reads the environment."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal, TypeVar, cast

from msgspec import Struct

Log = Literal["json", "console"]
T = TypeVar("T")


class Config(Struct, frozen=True, kw_only=True):
    """Built once, in `__main__`."""

    nats_url: str = "nats://127.0.0.1:4222"
    """`NATS_URL`: the server to talk to."""
    log: Log = "console"
    """`IROPS_LOG`: how logs are written, `json` for machines or `console` for people."""
    group: int = 160
    """`IROPS_BOOKER_GROUP`, plans, at most 300: the most that are committed together (a batch has room for 1,000 messages).

    Larger: fewer, longer commits and more plans a second. Smaller: a plan waits for less, and a conflict repeats less."""
    lease: timedelta = timedelta(seconds=3)
    """`IROPS_BOOKER_LEASE_S`, seconds, wall clock: how long the active booker stays active without renewing.

    Longer: a standby takes over later when it dies. Shorter: a pause of the machine can cost it its turn."""
    renew: timedelta = timedelta(seconds=1)
    """`IROPS_BOOKER_RENEW_S`, seconds, wall clock: how often it renews; less than the lease."""
    minimum_lead: timedelta = timedelta(minutes=30)
    """`IROPS_BOOKER_MINIMUM_LEAD_MIN`, minutes: a flight leaving sooner than this is not sold.

    Keep it below the planner's lead, or plans that were good when made are refused when they arrive."""
    minimum_connection: timedelta = timedelta(minutes=30)
    """`IROPS_BOOKER_MINIMUM_CONNECTION_MIN`, minutes: the shortest sold between two flights at one airport.

    Keep it below the planner's shortest, or the two disagree for ever."""


def from_environment(env: Mapping[str, str]) -> Config:
    """The settings in `env`, defaults for what is absent. Raises `ValueError` naming key, value and what is wanted."""
    default = Config()
    config = Config(
        nats_url=_read(env, "NATS_URL", default.nats_url, _url, "an address such as nats://127.0.0.1:4222"),
        log=_read(env, "IROPS_LOG", default.log, _log, "json or console"),
        group=_read(env, "IROPS_BOOKER_GROUP", default.group, _count, "a whole number from 1 to 300"),
        lease=_read(env, "IROPS_BOOKER_LEASE_S", default.lease, _seconds, "a number of seconds, above 0 to 3600"),
        renew=_read(env, "IROPS_BOOKER_RENEW_S", default.renew, _seconds, "a number of seconds, above 0 to 3600"),
        minimum_lead=_minutes_of(env, "IROPS_BOOKER_MINIMUM_LEAD_MIN", default.minimum_lead),
        minimum_connection=_minutes_of(env, "IROPS_BOOKER_MINIMUM_CONNECTION_MIN", default.minimum_connection),
    )
    if config.renew >= config.lease:
        raise ValueError(
            f"IROPS_BOOKER_RENEW_S={config.renew.total_seconds():g}: wanted less than "
            f"IROPS_BOOKER_LEASE_S={config.lease.total_seconds():g}"
        )
    return config


def _read(env: Mapping[str, str], key: str, default: T, parse: Callable[[str], T | None], wanted: str) -> T:
    value = env.get(key)
    if value is None:
        return default
    try:
        parsed = parse(value)
    except ValueError:
        parsed = None
    if parsed is None:
        raise ValueError(f"{key}={value!r}: wanted {wanted}")
    return parsed


def _minutes_of(env: Mapping[str, str], key: str, default: timedelta) -> timedelta:
    return _read(env, key, default, _minutes, "a number of minutes, from 0 to 1440")


def _url(value: str) -> str | None:
    return value if "://" in value and not value.endswith("://") else None


def _log(value: str) -> Log | None:
    return cast(Log, value) if value in ("json", "console") else None


def _count(value: str) -> int | None:
    count = int(value)
    return count if 1 <= count <= 300 else None


def _seconds(value: str) -> timedelta | None:
    seconds = float(value)
    return timedelta(seconds=seconds) if 0 < seconds <= 3600 else None


def _minutes(value: str) -> timedelta | None:
    minutes = float(value)
    return timedelta(minutes=minutes) if 0 <= minutes <= 24 * 60 else None
