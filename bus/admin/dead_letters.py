"""Dead letters out of the way, once an operator has dealt with them."""

from nats.aio.client import Client

from bus.wire.api import call
from contracts.dead import DEAD_LETTER, DeadLetter


async def remove(nc: Client, letter: DeadLetter) -> None:
    """Purges the letter's own subject; nothing happens where it is gone already. Raises `ApiError`, `Unavailable`."""
    await call(nc, f"STREAM.PURGE.{DEAD_LETTER.stream}", {"filter": DEAD_LETTER.of(letter).name})
