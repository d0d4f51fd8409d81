"""What every agent is told by its environment; what one agent alone is told stands in its own `config.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from bus.environment import Environment
from bus.retention import Retention

DEFAULT_URL = "nats://127.0.0.1:4222"
LogStyle = Literal["json", "console"]
LOG_STYLES: tuple[LogStyle, ...] = ("json", "console")


@dataclass(frozen=True, slots=True)
class Settings:
    nats_url: str = field(default=DEFAULT_URL, repr=False)
    """`NATS_URL`: where the NATS server is. It may hold a password, so it is not printed."""
    keys: Path | None = None
    """`IROPS_KEYS`: the folder with the seed of the key to connect with, `<agent>.nk`, as `irops users` makes it; empty: none.

    Needed where the server admits only users it knows."""
    log: LogStyle = "console"
    """`IROPS_LOG`: `json`, one object a line for machines, or `console`, for people."""
    ack_wait: timedelta = timedelta(seconds=4)
    """`IROPS_ACK_WAIT_S`, seconds, 0.2 to 600: a dead agent's messages move on after this; a living one prolongs every third.

    Longer: work waits longer after a crash. Shorter: a pause of the machine gets work done twice (which changes nothing)."""
    retention: Retention = field(default_factory=Retention)
    """How long each class of message is kept."""
    kill_at: tuple[str, int] | None = None
    """`IROPS_FAILPOINT`, `<step>:<nth>`: for crash tests, the process kills itself the nth time it passes the step."""

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> "Settings":
        """Raises `ValueError` naming the key, its value and what is wanted."""
        environment, default = Environment(variables), cls()
        return cls(
            nats_url=environment.url("NATS_URL", default=default.nats_url, example=DEFAULT_URL),
            keys=environment.folder("IROPS_KEYS", default=default.keys),
            log=environment.choice("IROPS_LOG", default=default.log, among=LOG_STYLES),
            ack_wait=environment.seconds("IROPS_ACK_WAIT_S", default=default.ack_wait, least=0.2, most=600),
            retention=Retention.from_environment(environment),
            kill_at=environment.read(
                "IROPS_FAILPOINT", default=None, parse=_step, wanted="<step>:<nth>, as in committed:3"
            ),
        )


def _step(value: str) -> tuple[str, int] | None:
    step, _, nth = value.partition(":")
    return (step, int(nth)) if step and nth.isdecimal() else None
