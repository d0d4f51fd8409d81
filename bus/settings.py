"""What every agent is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast, get_args

DEFAULT_URL = "nats://127.0.0.1:4222"
LogStyle = Literal["json", "console"]


@dataclass(frozen=True, slots=True)
class Settings:
    nats_url: str = DEFAULT_URL
    """`NATS_URL`: where the NATS server is."""
    log: LogStyle = "console"
    """`IROPS_LOG`: `json`, one object a line for machines, or `console`, for people."""
    ack_wait: timedelta = timedelta(seconds=4)
    """`IROPS_ACK_WAIT_S`, seconds, 0.2 to 600: a dead agent's messages move on after this; a living one prolongs every third.

    Longer: work waits longer after a crash. Shorter: a pause of the machine gets work done twice (which changes nothing)."""
    die_at: tuple[str, int] | None = None
    """`IROPS_DIE_AT`, `<step>:<nth>`: for crash tests, the process kills itself the nth time it passes the step."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises `ValueError` naming the key, its value and what is wanted."""
        log = environment.get("IROPS_LOG", "console")
        if log not in get_args(LogStyle):
            raise ValueError(f"IROPS_LOG is {log!r}; it must be json or console")
        url = environment.get("NATS_URL", DEFAULT_URL)
        if "://" not in url:
            raise ValueError(f"NATS_URL is {url!r}; it must be an address such as nats://127.0.0.1:4222")
        step, _, nth = environment.get("IROPS_DIE_AT", "").partition(":")
        if step and not nth.isdecimal():
            raise ValueError(
                f"IROPS_DIE_AT is {environment['IROPS_DIE_AT']!r}; it must be <step>:<nth>, e.g. committed:3"
            )
        return cls(
            nats_url=url,
            log=cast(LogStyle, log),
            ack_wait=_ack_wait(environment.get("IROPS_ACK_WAIT_S", "4")),
            die_at=(step, int(nth)) if step else None,
        )


def _ack_wait(value: str) -> timedelta:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0.2 <= seconds <= 600:
        raise ValueError(f"IROPS_ACK_WAIT_S is {value!r}; it must be a number of seconds from 0.2 to 600")
    return timedelta(seconds=seconds)
