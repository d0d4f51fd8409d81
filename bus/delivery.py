"""One message as a handler hears it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

M_co = TypeVar("M_co", bound=msgspec.Struct, covariant=True)


@dataclass(frozen=True, slots=True, eq=False)
class Delivery(Generic[M_co]):
    """A message, where it stands in its stream, and the identity that everything said because of it derives from."""

    message: M_co
    subject: str
    stream: str
    sequence: int
    settled: int
    """The last sequence of the commit it is part of: a view that has reached it has all that was committed with it."""
    id: str
    """`ce-id`: the same however often the message is delivered."""
    trace: str
    """W3C trace id (32 hex digits), one from feed event to notice."""
    stored_at: datetime
