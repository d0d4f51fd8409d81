"""Whether an agent answers, for health checks: `python -m bus.ping planner`.

Exit status 0 when one of that name does; 1 when none does or the server can't be reached; 2, with one line on stderr, for
a bad setting or no name. Of several replicas any one may answer: a standby is well as long as the one it stands by for is.
"""

import asyncio
import os
import sys
from typing import NoReturn

import nats
from nats.errors import Error

from bus.access.keys import key_in
from bus.settings import Settings

_CONNECTS_WITHIN = 3
_ANSWERS_WITHIN = 5


async def answers(settings: Settings, agent: str) -> bool:
    """Whether an agent of that name answers within 8 s. It is asked with the agent's own key."""

    async def unheard(_failure: Exception) -> None:
        """The exit status says it."""

    try:
        async with asyncio.timeout(_CONNECTS_WITHIN):  # nats-py would go on trying
            nc = await nats.connect(
                settings.nats_url,
                name="ping",
                nkeys_seed_str=key_in(settings.keys, agent),
                inbox_prefix=f"_INBOX.{agent}",
                allow_reconnect=False,
                error_cb=unheard,
            )
    except (OSError, Error):  # TimeoutError is an OSError
        return False
    try:
        await nc.request(f"$SRV.PING.{agent}", b"", timeout=_ANSWERS_WITHIN)
    except Error:
        return False
    finally:
        await nc.close()
    return True


def main() -> None:
    """Exits with the status that the health check goes by."""
    if len(sys.argv) != 2:
        _complain("say which agent: python -m bus.ping planner", status=2)
    try:
        settings = Settings.from_environment(os.environ)
        key_in(settings.keys, sys.argv[1])
    except ValueError as failure:
        _complain(str(failure), status=2)
    if not asyncio.run(answers(settings, sys.argv[1])):
        _complain(f"no {sys.argv[1]} answers", status=1)


def _complain(words: str, *, status: int) -> NoReturn:
    sys.stderr.write(f"ping: {words}\n")
    sys.exit(status)


if __name__ == "__main__":
    main()
