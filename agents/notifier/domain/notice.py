"""What goes to a person, and whether it still should."""

from msgspec import Struct

from contracts.flights import Instant
from contracts.ledger import Booking, BookingFact, Language
from contracts.names import Id


class Notice(Struct, frozen=True, kw_only=True):
    """One message to one party, plain text, ready for any channel."""

    id: Id
    """The fact's id. A channel uses it to deliver once, or hands it on so that the receiver can."""
    to: str
    """The contact as the booking has it: an e-mail address if it is sound. It must not reach a log."""
    language: Language
    subject: str
    """One line."""
    body: str
    decided_at: Instant
    """When the booker decided what is told here; the message's date."""


def superseded(fact: BookingFact, latest: Booking) -> bool:
    """Whether a later fact about the booking exists, so that this one is out of date.

    `latest` is the booking as the ledger has it, read after the fact was heard: it carries the id of its last fact.
    """
    return latest.plan != fact.id
