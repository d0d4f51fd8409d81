"""Checks whether an agent answers, for health checks: `python -m bus.ping planner`.

Exit status 0 when an instance of that name answers; 1, with the cause, when none does or no server is reached; 2, with one line
on stderr, for a bad setting or no name. With several replicas any one may answer: a standby is healthy as long as the active
one is.
"""

import asyncio
import os
import sys
from datetime import timedelta
from typing import NoReturn

from nats.errors import Error

from bus.errors import Unavailable
from bus.logs import silence
from bus.settings import Settings
from bus.wire.connection import connect_within

_CONNECTS_WITHIN = timedelta(seconds=3)
_ANSWERS_WITHIN = 5


async def check(settings: Settings, agent: str) -> None:
    """Returns when an agent of that name answers. Raises `Unavailable` after at most 8 s. The agent's own login is used."""
    nc = await connect_within(_CONNECTS_WITHIN, settings.endpoint(agent), name=agent)
    try:
        await nc.request(f"$SRV.PING.{agent}", b"", timeout=_ANSWERS_WITHIN)
    except Error as failure:
        raise Unavailable(f"no {agent} answers") from failure
    finally:
        await nc.close()


def main() -> None:
    """Exits with the status for the health check."""
    if len(sys.argv) != 2:
        _complain("name an agent: python -m bus.ping planner", status=2)
    silence()
    try:
        settings = Settings.from_environment(os.environ)
        settings.endpoint(sys.argv[1])
    except ValueError as failure:
        _complain(str(failure), status=2)
    try:
        asyncio.run(check(settings, sys.argv[1]))
    except Unavailable as failure:
        _complain(str(failure), status=1)


def _complain(problem: str, *, status: int) -> NoReturn:
    sys.stderr.write(f"ping: {problem}\n")
    sys.exit(status)


if __name__ == "__main__":
    main()
