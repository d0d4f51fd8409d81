"""What a message follows from: the message, the question or the state that caused it.

It travels in the headers: `ce-causationid` is the cause's `ce-id` (CloudEvents' correlation extension), and `traceparent` has
the cause's trace and, as parent, its span (W3C Trace Context). A reader of the streams follows these back to the feed; nothing
is recorded while messages are handled.

A cause is passed with each fact and state (`Fact.cause`, `Write.cause`). Without one, what is written while a question is
answered, or by deferred work, follows from that question or delivery. A timer is nothing's consequence: what it writes follows
from what is passed, best the message that set the state it acts on (`Entry.cause`), else from nothing.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from msgspec import Struct

_NO_WORD = re.compile(r"[^A-Za-z0-9_-]+")


class Cause(Struct, frozen=True, gc=False):
    id: str
    """Its `ce-id`."""
    trace: str
    """W3C trace id, 32 hex digits."""
    before: str = ""
    """Its own `ce-causationid`; empty: it has none."""
    party: str = ""
    """The PNR of the party that it is about; empty: none alone."""

    def id_for(self, message: Struct) -> str:
        """The `ce-causationid` of a message that follows from this one; empty: it gets none.

        A message about no single party names none in its headers either, or a party could not be forgotten: it gets the cause
        before this one. What was written with it is in the same commit, and that names this cause."""
        if not self.party or getattr(message, "pnr", None) == self.party:
            return self.id
        nameless = (each for each in (self.id, self.before) if self.party not in _NO_WORD.split(each))
        return next(nameless, "")


_current: ContextVar[Cause | None] = ContextVar("cause", default=None)


def current_cause() -> Cause | None:
    """The cause of what is written now and names none itself."""
    return _current.get()


@contextmanager
def causing(cause: Cause | None) -> Iterator[None]:
    """What the block writes, and names no cause of its own, follows from this."""
    token = _current.set(cause)
    try:
        yield
    finally:
        _current.reset(token)
