"""The planner's settings: the only place here that reads the environment."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Literal, TypeVar, cast

from agents.planner.domain.costs import Weights
from agents.planner.domain.planning import Policy
from agents.planner.domain.rules import Rules

Log = Literal["json", "console"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Built once, in `__main__`."""

    nats_url: str = "nats://127.0.0.1:4222"
    """`NATS_URL`: the server to talk to."""
    log: Log = "console"
    """`IROPS_LOG`: how logs are written, `json` for machines or `console` for people."""
    lag_limit: timedelta = timedelta(seconds=1)
    """`IROPS_PLANNER_LAG_LIMIT_S`, seconds of wall clock: nothing is planned while the view of seats is further behind.

    Smaller: fewer plans are refused as stale. Larger: planning goes on through short outages."""
    rules: Rules = field(default_factory=Rules)
    """What is legal. `IROPS_PLANNER_LEAD_MIN`, `..._EARLIER_MIN`, `..._HORIZON_MIN`, `..._LONGEST_CONNECTION_MIN` and
    `..._CO_TERMINAL_LEAST_MIN` in minutes, `..._MAX_CONNECTIONS` in changes of aircraft; see `Rules` for each.

    The booker checks plans with limits of its own: a lead below the booker's gets every plan at the edge refused."""
    weights: Weights = field(default_factory=Weights)
    """What costs how much: `IROPS_PLANNER_WEIGHT_<NAME>` for each name in `Weights`, numbers in the units told there."""
    policy: Policy = field(default_factory=Policy)
    """Which legal trip: `IROPS_PLANNER_MARGIN_MIN` in minutes, `IROPS_PLANNER_ALTERNATIVES` in options; see `Policy`."""


def from_environment(env: Mapping[str, str]) -> Config:
    """The settings in `env`, defaults for what is absent. Raises `ValueError` naming key, value and the type wanted."""
    default = Config()
    rules, policy, weights = default.rules, default.policy, default.weights

    def minutes(name: str, usual: timedelta) -> timedelta:
        return _read(env, f"IROPS_PLANNER_{name}_MIN", usual, _minutes, "a number of minutes, 0 or more")

    def count(name: str, usual: int, *, least: int) -> int:
        return _read(env, f"IROPS_PLANNER_{name}", usual, _at_least(least), f"a whole number, {least} or more")

    weighed = {
        each.name: _read(
            env,
            f"IROPS_PLANNER_WEIGHT_{each.name.upper()}",
            getattr(weights, each.name),
            _number,
            "a number, 0 or more",
        )
        for each in fields(Weights)
    }
    return Config(
        nats_url=_read(env, "NATS_URL", default.nats_url, _url, "an address such as nats://127.0.0.1:4222"),
        log=_read(env, "IROPS_LOG", default.log, _log, "json or console"),
        lag_limit=_read(
            env, "IROPS_PLANNER_LAG_LIMIT_S", default.lag_limit, _seconds, "a number of seconds, more than 0"
        ),
        rules=Rules(
            lead=minutes("LEAD", rules.lead),
            earlier=minutes("EARLIER", rules.earlier),
            horizon=minutes("HORIZON", rules.horizon),
            max_connections=count("MAX_CONNECTIONS", rules.max_connections, least=0),
            longest_connection=minutes("LONGEST_CONNECTION", rules.longest_connection),
            co_terminal_least=minutes("CO_TERMINAL_LEAST", rules.co_terminal_least),
        ),
        weights=Weights(**weighed),
        policy=Policy(
            margin=minutes("MARGIN", policy.margin), alternatives=count("ALTERNATIVES", policy.alternatives, least=0)
        ),
    )


def _read(env: Mapping[str, str], key: str, default: T, parse: Callable[[str], T | None], wanted: str) -> T:
    value = env.get(key)
    if value is None:
        return default
    try:
        parsed = parse(value)
    except (ValueError, OverflowError):
        parsed = None
    if parsed is None:
        raise ValueError(f"{key}={value!r}: wanted {wanted}")
    return parsed


def _url(value: str) -> str | None:
    return value if "://" in value and not value.endswith("://") else None


def _log(value: str) -> Log | None:
    return cast(Log, value) if value in ("json", "console") else None


def _number(value: str) -> float | None:
    number = float(value)
    return number if number >= 0 and math.isfinite(number) else None


def _minutes(value: str) -> timedelta | None:
    number = _number(value)
    return None if number is None else timedelta(minutes=number)


def _seconds(value: str) -> timedelta | None:
    number = _number(value)
    return timedelta(seconds=number) if number else None


def _at_least(least: int) -> Callable[[str], int | None]:
    def whole(value: str) -> int | None:
        number = int(value)
        return number if number >= least else None

    return whole
