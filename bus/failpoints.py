"""The steps between hearing a message and acknowledging it, by name.

At each a process may die and nothing may be lost or done twice. The bus passes the bus's own steps; an agent that does
something else in between (writes a file, calls an airline) names that too, in its declaration. Tests kill every agent at
every step it declares, so a new step without such a test can't exist.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterable

HEARD = "heard"
LOADED = "loaded"
PUBLISHING = "publishing"
COMMITTED = "committed"
ACKED_SOME = "acked-some"
ACKED = "acked"

BUS_FAILPOINTS: tuple[str, ...] = (HEARD, LOADED, PUBLISHING, COMMITTED, ACKED_SOME, ACKED)
"""heard: a group is in hand. loaded: its keys are read. publishing: half a commit is on its way. committed: the server has
answered. acked-some: half the group is acknowledged. acked: all of it."""

Failpoint = Callable[[str], None]


def no_failpoint(_step: str) -> None:
    """The usual `Failpoint`: nothing happens."""


def declared_only(steps: Iterable[str], at: Failpoint) -> Failpoint:
    """`at` for these steps alone: another name is a bug, for no test would die there. Raises `ValueError` for it."""
    known = frozenset(steps)

    def checked(name: str) -> None:
        if name not in known:
            raise ValueError(f"{name!r} is no declared step: name it in the agent's `own_failpoints`")
        at(name)

    return checked


def kill_at(step: str, nth: int) -> Failpoint:
    """A `Failpoint` that kills this process (SIGKILL: no clean-up) the `nth` time it passes `step`, once it has heard
    something: what it reads and writes to get ready is not counted."""
    seen: Counter[str] = Counter()

    def at(name: str) -> None:
        if name != HEARD and not seen[HEARD]:
            return
        seen[name] += 1
        if name == step and seen[name] == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return at
