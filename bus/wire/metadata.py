"""The metadata that a delivered message carries in its reply subject."""

from datetime import UTC, datetime

from msgspec import Struct
from nats.aio.msg import Msg

ACK_PREFIX = "$JS.ACK."


class Metadata(Struct, frozen=True, gc=False):
    """Parsed from `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.<consumer sequence>.<stored at>.<pending>`, which may
    have `<domain>.<account>` before the stream (ADR-15)."""

    stream: str
    sequence: int
    """Position in the stream."""
    consumer_sequence: int
    """Position in this consumer's delivery order; a gap means loss."""
    stored_at: datetime
    pending: int
    """Messages that matched the consumer and were still to be delivered when this one was sent."""

    @classmethod
    def of(cls, msg: Msg) -> "Metadata":
        token = msg.reply.split(".")
        if len(token) > 9:
            token = token[2:]
        return cls(
            token[2], int(token[5]), int(token[6]), datetime.fromtimestamp(int(token[7]) / 1e9, tz=UTC), int(token[8])
        )
