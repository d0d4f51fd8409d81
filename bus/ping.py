"""Whether an agent answers, for health checks: `python -m bus.ping planner`.

Exit status 0 when one of that name does, 1 when none does or the server can't be reached. Of several replicas any one may
answer: a standby is well as long as the one it stands by for is.
"""

import asyncio
import os
import sys

import nats
from nats.errors import Error

from bus.settings import Settings

_CONNECTS_WITHIN = 3
_ANSWERS_WITHIN = 5


async def answers(url: str, agent: str) -> bool:
    """Whether an agent of that name answers within 8 s."""

    async def unheard(_failure: Exception) -> None:
        """The exit status says it."""

    try:
        async with asyncio.timeout(_CONNECTS_WITHIN):  # nats-py would go on trying
            nc = await nats.connect(url, name="ping", allow_reconnect=False, error_cb=unheard)
    except (OSError, Error):  # TimeoutError is an OSError
        return False
    try:
        await nc.request(f"$SRV.PING.{agent}", b"", timeout=_ANSWERS_WITHIN)
    except Error:
        return False
    finally:
        await nc.close()
    return True


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("say which agent: python -m bus.ping planner")
    if not asyncio.run(answers(Settings.from_environment(os.environ).nats_url, sys.argv[1])):
        sys.exit(f"no {sys.argv[1]} answers")
