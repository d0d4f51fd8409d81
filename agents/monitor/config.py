"""The monitor's settings: the only place here that reads the environment."""

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
    threshold: timedelta = timedelta(minutes=30)
    """`IROPS_MONITOR_THRESHOLD_MIN`, minutes: times this far from those last announced are said anew (`retimed`).

    Smaller: people are told of every slip. Larger: they are told late, and connections are seen to break late."""


def from_environment(env: Mapping[str, str]) -> Config:
    """The settings in `env`, defaults for what is absent. Raises `ValueError` naming key, value and the type wanted."""
    default = Config()
    return Config(
        nats_url=_read(env, "NATS_URL", default.nats_url, _url, "an address such as nats://127.0.0.1:4222"),
        log=_read(env, "IROPS_LOG", default.log, _log, "json or console"),
        threshold=_read(
            env,
            "IROPS_MONITOR_THRESHOLD_MIN",
            default.threshold,
            _minutes,
            "a number of minutes, more than 0 and at most 1440",
        ),
    )


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


def _url(value: str) -> str | None:
    return value if "://" in value and not value.endswith("://") else None


def _log(value: str) -> Log | None:
    return cast(Log, value) if value in ("json", "console") else None


def _minutes(value: str) -> timedelta | None:
    minutes = float(value)
    return timedelta(minutes=minutes) if 0 < minutes <= 24 * 60 else None
