"""Forgetting a party: what an operator asks of the agents that keep data about it, and what remains.

The booker removes the party's booking and every mention of it in the ledger, in one commit, and keeps a tombstone instead: a
keyed hash of the PNR. Late plans for the party and imports of its booking are recognised by it. The operator's command
purges what is left in the streams once every agent has passed that commit, and asks the notifier to remove the letters.
"""

from hashlib import blake2b

from msgspec import Struct

from contracts.flights import Instant
from contracts.names import FlightKey, Id, Pnr
from contracts.subject import Ask, Subject


class TombstoneSalt(Struct, frozen=True, gc=False, kw_only=True):
    """The key of all tombstones' hashes: random, and this system's own. Without it no tombstone can be tested for a PNR."""

    salt: bytes
    """16 to 64 bytes."""


class Tombstone(Struct, frozen=True, gc=False, kw_only=True):
    """A party that has been forgotten."""

    digest: Id
    """`tombstone_digest` of its PNR."""
    forgotten_at: Instant
    """Event time."""


class ForgetParty(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Forget this party: its booking, its seats, its place on the waitlist, and where the ledger names it."""

    pnr: Pnr
    flights: tuple[FlightKey, ...] = ()
    """Flights whose seats, or facts about them, may name the party besides those of its trip: as found in the streams."""


class PartyForgotten(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    upto: int
    """The LEDGER sequence of the last commit about the party. A view or consumer that has passed it has nothing of the
    party."""


class ForgetLetters(Struct, frozen=True, gc=False, kw_only=True):
    """Remove the letters to this party that the notifier's channels keep."""

    pnr: Pnr


class LettersForgotten(Struct, frozen=True, gc=False, kw_only=True):
    removed: int
    """How many letters there were."""


def tombstone_digest(pnr: Pnr, salt: bytes) -> Id:
    """BLAKE2b of the PNR (RFC 7693), keyed with the salt: 32 hexadecimal digits."""
    return blake2b(pnr.encode(), key=salt, digest_size=16).hexdigest()


TOMBSTONE = Subject("ledger.tombstone.{digest}", Tombstone, "LEDGER")
"""booker -> booker"""
TOMBSTONE_SALT = Subject("ledger.salt", TombstoneSalt, "LEDGER")
"""booker -> booker"""
FORGET_PARTY = Ask("booker", "forget", ForgetParty, PartyForgotten)
"""operator -> booker"""
FORGET_LETTERS = Ask("notifier", "forget", ForgetLetters, LettersForgotten)
"""operator -> notifier"""
