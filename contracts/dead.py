"""Messages that an agent could not handle, and why. Kept until an operator retries or drops them."""

from msgspec import Struct

from contracts.flights import Instant
from contracts.names import Id
from contracts.subject import Subject


class DeadLetter(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    agent: Id
    stream: Id
    sequence: int
    """The message's sequence in its stream."""
    subject: str
    reason: str
    """One line: what is wrong with it, or the exception."""
    traceback: str = ""
    headers: dict[str, str] = {}
    payload: bytes = b""
    """The message as it was received, base64 in JSON."""
    at: Instant


DEAD_LETTER = Subject("dead.{agent}.{stream}.{sequence}", DeadLetter, "DEAD")
"""bus -> operator"""
