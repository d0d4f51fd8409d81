"""What a party reads, and whether it still should."""

from typing import Literal

from msgspec import Struct

from agents.notifier.domain.languages import LetterLanguage
from contracts.flights import Instant
from contracts.ledger import Booking, JourneyFact
from contracts.names import Id, Pnr

NoLetter = Literal["superseded", "pointless"]
"""Why there is no letter. `superseded`: another one says it. `pointless`: it says nothing that is of use any more."""


class Letter(Struct, frozen=True, kw_only=True):
    """A plain text for one party, ready for any channel."""

    id: Id
    """The fact's id; of a letter about seats, one made of its notice's. A channel delivers a letter once by it, or passes it
    on so that the receiver can."""
    pnr: Pnr
    """Whose letter it is."""
    to: str
    """The contact as the booking has it. It must not appear in a log."""
    language: LetterLanguage
    """The language it is written in."""
    subject: str
    """One line."""
    body: str
    confirms: bool = False
    """It says that the seats are confirmed."""
    decided_at: Instant
    """When the booker made the decision that the letter reports; the date of the letter."""


def is_superseded(fact: JourneyFact, latest: Booking) -> bool:
    """Whether a later fact about the journey exists, so that this one is out of date.

    `latest` is the booking in the ledger, read after the fact was received: each journey carries the id of its last fact.
    """
    journey = latest.journey(fact.journey)
    return journey is None or journey.last_fact != fact.id
