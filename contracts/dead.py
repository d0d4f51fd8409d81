"""What could not be handled, and why. Kept until an operator retries or drops it."""

from msgspec import Struct

from contracts.flights import Instant
from contracts.names import Id
from contracts.subject import Subject


class DeadLetter(Struct, frozen=True, omit_defaults=True, kw_only=True):
    agent: Id
    stream: Id
    sequence: int
    """Where the message stands in its stream."""
    subject: str
    reason: str
    """One line: what is wrong with it, or the exception."""
    traceback: str = ""
    headers: dict[str, str] = {}
    payload: bytes = b""
    """The message as it came, base64 in JSON."""
    at: Instant


DEAD_LETTER = Subject("dead.{agent}.{stream}.{sequence}", DeadLetter, "DEAD")
"""bus -> operator"""
