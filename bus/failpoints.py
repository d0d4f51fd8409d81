"""Named steps between receiving a message and acknowledging it.

A process may die at each of them, and nothing may be lost or done twice. The bus passes its own steps. An agent that does
something else in between (writes a file, calls an airline) declares steps of its own. Tests kill every agent at every step it
declares, so no step is without such a test.
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
"""heard: a group goes to its handler. loaded: keys are read. publishing: half of a commit is sent. committed: the server has
stored it. acked-some: half of the group is acknowledged. acked: all of it."""

Failpoint = Callable[[str], None]


def no_failpoint(_step: str) -> None:
    """The default `Failpoint`: does nothing."""


def declared_only(steps: Iterable[str], failpoint: Failpoint) -> Failpoint:
    """`failpoint`, limited to these steps. It raises `ValueError` for another one, at which no test would kill the agent."""
    known = frozenset(steps)

    def checked(name: str) -> None:
        if name not in known:
            raise ValueError(f"{name!r} is not a declared step: add it to the agent's `own_failpoints`")
        failpoint(name)

    return checked


def kill_at(step: str, nth: int) -> Failpoint:
    """A `Failpoint` that kills this process (SIGKILL, so without clean-up) the `nth` time it passes `step`. Steps before the
    first group are not counted: the agent reads and writes to get ready."""
    seen: Counter[str] = Counter()

    def failpoint(name: str) -> None:
        if name != HEARD and not seen[HEARD]:
            return
        seen[name] += 1
        if name == step and seen[name] == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return failpoint
