"""Removes dead letters that an operator has dealt with."""

from nats.aio.client import Client

from bus.wire.api import call
from contracts.dead import DEAD_LETTER, DeadLetter


async def remove(nc: Client, letter: DeadLetter) -> None:
    """Purges the letter's subject. Idempotent. Raises `ApiError`, `Unavailable`."""
    await call(nc, f"STREAM.PURGE.{DEAD_LETTER.stream}", {"filter": DEAD_LETTER.of(letter).name})
