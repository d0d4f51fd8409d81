"""Where a delivered message stands, as its reply subject tells."""

from datetime import UTC, datetime

from msgspec import Struct
from nats.aio.msg import Msg

ACK_PREFIX = "$JS.ACK."


class Metadata(Struct, frozen=True, gc=False):
    """Parsed from `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<stored at>.<pending>`, which may
    have `<domain>.<account>` before the stream (ADR-15)."""

    stream: str
    sequence: int
    delivered: int
    """The how-manyeth message of its consumer it is."""
    stored_at: datetime
    pending: int
    """How many more matched the consumer when this one was sent."""

    @classmethod
    def of(cls, msg: Msg) -> "Metadata":
        token = msg.reply.split(".")
        if len(token) > 9:
            token = token[2:]
        return cls(
            token[2], int(token[5]), int(token[6]), datetime.fromtimestamp(int(token[7]) / 1e9, tz=UTC), int(token[8])
        )
