"""One message as a handler or a reader receives it."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from bus.causation import Cause

M = TypeVar("M", bound=msgspec.Struct)
M_co = TypeVar("M_co", bound=msgspec.Struct, covariant=True)


class Delivery(msgspec.Struct, Generic[M_co], frozen=True, eq=False, gc=False):
    """A decoded message, its position in its stream, and the identity from which the ids of its consequences derive."""

    message: M_co
    subject: str
    stream: str
    sequence: int
    settled: int
    """Last sequence of the commit it belongs to. A view that has reached it shows the whole commit."""
    id: str
    """`ce-id`: the same in every delivery of the message."""
    trace: str
    """W3C trace id (32 hex digits), the same from feed event to notice."""
    stored_at: datetime
    cause_id: str = ""
    """`ce-causationid`: the `id` of what caused it; empty: nothing that is known."""
    written_at: datetime | None = None
    """Event time at which it was written; None where its writer gave none."""

    @property
    def as_cause(self) -> Cause:
        """This message as the cause of others."""
        return Cause(self.id, self.trace, self.cause_id, getattr(self.message, "pnr", ""))


class Recorded(msgspec.Struct, Generic[M], frozen=True, gc=False):
    """A decoded message as it stands in its stream, read rather than delivered for handling."""

    subject: str
    message: M
    sequence: int
    stored_at: datetime
    trace: str
    id: str = ""
    """`ce-id`."""
    cause_id: str = ""
    """`ce-causationid`; empty: none."""
    written_at: datetime | None = None
    """Event time at which it was written; None where its writer gave none."""
