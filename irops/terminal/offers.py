"""Offers, and what became of an answer, in plain words."""

from collections.abc import Iterator, Sequence

from contracts.ledger import Booking, BookingChanged, BookingFact, BookingKept, Leg, Party
from contracts.names import spoken
from contracts.offers import AnswerRefused, Offer, TripOffered
from contracts.plans import Option
from contracts.rules import Default
from irops.terminal.trips import words_of_trip

_ELSE: dict[Default, str] = {"take": "the first trip is booked", "leave": "none is booked"}


def line_of_offer(offer: Offer, fact: TripOffered) -> str:
    """Party and journey, by when who has to answer, what has happened, and the first trip."""
    others = len(fact.trips) - 1
    more = f"; {others} more" if others else ""
    asked = f"until {offer.until:%Y-%m-%d %H:%M} UTC  {offer.answerer}"
    return f"{offer.pnr} {offer.journey}  {asked}  {_happened(fact)}  {words_of_trip(fact.trips[0])}{more}"


def words_of_offer(offer: Offer, fact: TripOffered, booking: Booking | None) -> Iterator[str]:
    """All that an answer may rest on."""
    yield f"{offer.pnr} journey {offer.journey}, offer {offer.id}"
    yield f"  happened   {_happened(fact)}"
    yield f"  asked      {offer.answerer}, since {offer.made_at:%Y-%m-%d %H:%M} UTC"
    yield f"  until      {offer.until:%Y-%m-%d %H:%M} UTC; without an answer {_ELSE[offer.default]}"
    yield f"  has        {_present(fact)}"
    if booking is not None:
        yield f"  party      {_party(booking.party)}"
    options = {option.id: option for option in offer.plan.options}
    marks = fact.trip_marks or (fact.marks,)
    for number, (trip, option) in enumerate(zip(fact.trips, fact.options, strict=False), start=1):
        kept = "; seats are kept" if number == 1 else ""
        yield f"  trip {number:<6}{_cabins(trip)}{kept}"
        if number <= len(marks) and marks[number - 1]:
            yield f"             marks: {', '.join(marks[number - 1])}"
        if option in options:
            yield from (f"             {line}" for line in _cost(options[option]))


def words_of_outcome(outcome: BookingFact | AnswerRefused) -> str:
    """What the party has now, or why the answer has changed nothing."""
    if isinstance(outcome, AnswerRefused):
        return f"refused: {outcome.refusal}: {outcome.detail}"
    if isinstance(outcome, BookingChanged):
        return f"done: {outcome.pnr} is on {words_of_trip(outcome.after)}"
    if isinstance(outcome, BookingKept):
        return f"done: {outcome.pnr} keeps {words_of_trip(outcome.after)}"
    return f"done: {outcome.pnr} waits in {outcome.origin} for a trip to {outcome.destination}; see `irops marks`"


def _happened(fact: TripOffered) -> str:
    """The reason, and the flights of the present trip that the first one offered does not have."""
    offered = {leg.flight for leg in fact.trips[0]}
    gone = [leg for leg in fact.before if leg.flight not in offered] or list(fact.before)
    by = f" by {spoken(fact.broken_by)}" if fact.broken_by else ""
    flights = f" ({', '.join(spoken(leg.flight) for leg in gone)})" if gone else ""
    return f"{fact.reason}{by}{flights}"


def _present(fact: TripOffered) -> str:
    if not fact.after:
        return "no trip that can be flown"
    return f"{words_of_trip(fact.after)}{'' if fact.stands else '; it cannot be flown'}"


def _party(party: Party) -> str:
    people = "1 passenger" if party.passengers == 1 else f"{party.passengers} passengers"
    parts = [people, f"paid for {party.cabin}", *([party.tier] if party.rank else []), *party.ssrs]
    if party.remark:
        parts.append(f"wrote: {''.join(each if each.isprintable() else ' ' for each in party.remark)}")
    return ", ".join(parts)


def _cabins(trip: Sequence[Leg]) -> str:
    return f"{words_of_trip(trip)}, {' and '.join(dict.fromkeys(leg.cabin for leg in trip))}"


def _cost(option: Option) -> Iterator[str]:
    terms = ", ".join(f"{name} {minutes:.1f}" for name, minutes in option.terms.items() if minutes)
    yield f"cost {option.cost:.1f}{f': {terms}' if terms else ''}"
    if option.unmet:
        yield f"does not meet: {', '.join(option.unmet)}"
