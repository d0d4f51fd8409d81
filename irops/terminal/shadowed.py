"""What a shadow has decided, in plain words."""

from collections import Counter
from collections.abc import Iterator

from contracts.ledger import BookingChanged, BookingKept, BookingStranded, JourneyKey
from contracts.names import spoken
from contracts.offers import TripOffered
from irops.system.shadowed import Decided, Shadowed
from irops.terminal.trips import words_of_trip


def words_of_shadow(found: Shadowed) -> Iterator[str]:
    """A summary, a line for each journey, and one for each booking that the present process has decided otherwise."""
    yield f"a shadow since {found.began:%Y-%m-%d %H:%M} UTC: nothing of this was booked or sent"
    counts = Counter(_outcome(fact) for fact in found.decided)
    outcomes = ", ".join(f"{counts[outcome]:,} {words}" for outcome, words in _OUTCOMES.items())
    journeys = "1 journey" if len(found.decided) == 1 else f"{len(found.decided):,} journeys"
    letters = "1 letter" if len(found.letters) == 1 else f"{len(found.letters):,} letters"
    yield f"{journeys} decided: {outcomes}; {letters} written"
    for fact in found.decided:
        then = _since(found, (fact.pnr, fact.journey))
        yield f"{fact.pnr} {fact.journey}  {_outcome(fact):<5}  {_happened(fact)}  {_trip(fact)}{then}"
    for contradiction in found.otherwise:
        yield f"{contradiction.pnr} version {contradiction.version}  {contradiction.reason}  {contradiction.detail}"


def _since(found: Shadowed, key: JourneyKey) -> str:
    """What the reservation system has of the journey by now, where that is known."""
    if key in found.alike:
        return "; so has the reservation system"
    if key not in found.changed:
        return ""
    trip = words_of_trip(found.changed[key])
    return f"; the reservation system has it on {trip}" if trip else "; the reservation system has given it up"


_OUTCOMES = {"moved": "moved", "kept": "kept", "waits": "waiting for seats", "asked": "asked first"}


def _outcome(fact: Decided) -> str:
    if isinstance(fact, BookingChanged):
        return "moved"
    if isinstance(fact, BookingKept):
        return "kept"
    return "waits" if isinstance(fact, BookingStranded) else "asked"


def _happened(fact: Decided) -> str:
    had = ", ".join(spoken(leg.flight) for leg in fact.before)
    return f"{fact.reason} ({had})" if had else fact.reason


def _trip(fact: Decided) -> str:
    if isinstance(fact, BookingStranded):
        return f"in {fact.origin} for seats to {fact.destination}"
    if isinstance(fact, TripOffered):
        return (
            f"{fact.answerer} by {fact.until:%Y-%m-%d %H:%M} UTC, else {fact.default}: {words_of_trip(fact.trips[0])}"
        )
    return words_of_trip(fact.after)
