"""Whether a request is carried out, and all that is written then: one commit, or a refusal that changes nothing.

| the request | refused as |
|---|---|
| names a quote that does not exist | unknown quote |
| names one that another request has used | used |
| says yes to another price, or to another revision of the quote | other price |
| names one that was no offer | not allowed |
| comes after the quote has expired, or after the names that it asks for are gone | expired |
| the booking has another revision, or the rules would be asked about other facts now, time aside | changed |
| what is asked for cannot be done any more | impossible |

What is refused for a reason that a new quote may mend (expired, changed, other price) gets one, if it is an offer; where it
is none, or is impossible, what comes near to it does, of kinds of wish that know it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import structs

from agents.booker.domain.named_seats import had_by
from agents.booker.domain.offering import planned_again
from agents.booker.domain.people import are_alone_unasked, what_changed
from agents.booker.domain.requests.known import Impossible, Known
from agents.booker.domain.requests.quoting import quote
from agents.booker.domain.requests.wish import Becomes
from agents.booker.domain.requests.wishes import becomes, facts_about, near_to, ruleset_of, wish_of
from agents.booker.domain.seat_changes import SeatChanges
from agents.booker.domain.worksheet import Worksheet
from bus import derived_id
from contracts.ledger import Booking, Journey, JourneyKey, SeatLedger, SeatsFreed, WaitlistEntry
from contracts.names import FlightKey, Id
from contracts.plans import PlanRefused
from contracts.requests import PaymentDue, Quote, Refusal, RequestDone, RequestMade, RequestRefused
from contracts.reservations import AmendedJourney, BookingAmended, BookingWithdrawn, PartySummary
from policy.facts import shown

T = TypeVar("T")

RequestFact = RequestDone | RequestRefused | PaymentDue | BookingAmended | BookingWithdrawn | PlanRefused
_MENDED: frozenset[Refusal] = frozenset({"expired", "changed", "other price"})
_MOVES: frozenset[str] = frozenset({"refunded", "credited", "forfeited", "charged", "lost", "granted"})
"""What becomes of money that moves; the rest stays where it is."""

_STANDS = frozenset({"today", "new_price"})
"""Facts whose value is the quote's until it expires."""


@dataclass(frozen=True, slots=True)
class Decided(Generic[T]):
    """One atomic commit as plain data."""

    facts: tuple[RequestFact, ...]
    quotes: tuple[Quote, ...] = ()
    """To write: the one that was used, at the revision it was read at, or a new one."""
    booking: Booking | None = None
    seats: dict[FlightKey, SeatLedger] = field(default_factory=dict)
    waiting: dict[JourneyKey, WaitlistEntry | None] = field(default_factory=dict)
    freed: tuple[tuple[T, SeatsFreed], ...] = ()
    by: dict[FlightKey, T] = field(default_factory=dict)
    """The cause that gave or took seats on each flight."""
    read: frozenset[FlightKey] = frozenset()
    """Flights that it rests on and does not change."""


class _Refused(Exception):
    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.refusal = refusal
        self.detail = detail


def decide_request(
    request: RequestMade,
    token: T,
    *,
    used: Quote | None,
    revision: int,
    known: Known,
    sheet: Worksheet[T],
    held: timedelta,
) -> Decided[T]:
    """Carry out a request, or refuse it.

    `used` is the quote that it names, at `revision`; `sheet` works on the flights of `known`, and seats change on it only where
    the request is carried out. `held`: how long a new quote stands.
    """
    try:
        agreed = _agreed(request, used, revision, known.names)
        _check(agreed, known)
        return _carried_out(request, token, agreed, known, sheet)
    except Impossible as impossible:
        return _refusal(request, _Refused("impossible", impossible.detail), used, known, held=held)
    except _Refused as refused:
        return _refusal(request, refused, used, known, held=held)


def refused_without_booking(request: RequestMade, *, now: datetime, rules: int) -> RequestRefused:
    """The refusal of a request whose booking irops does not have."""
    return RequestRefused(
        pnr=request.pnr,
        id=request.id,
        quote=request.quote,
        refusal="unknown quote",
        detail=f"there is no booking {request.pnr}",
        decided_at=now,
        rules=rules,
    )


def _agreed(request: RequestMade, used: Quote | None, revision: int, names: Mapping[int, str]) -> Quote:
    """The quote, where the request says yes to what it says. `names` are those that it asks for, while they are kept."""
    if used is None:
        raise _Refused("unknown quote", f"there is no quote {request.quote}")
    if used.used_by:
        raise _Refused("used", "another request has used the quote")
    if request.revision != revision or request.price != used.price:
        raise _Refused("other price", "the quote says something else than was agreed to")
    if used.outcome != "allowed":
        raise _Refused("not allowed", f"the quote is no offer: {used.outcome}")
    if used.asked.wanted.names and not names:
        raise _Refused("expired", "the names that were asked for are not kept any more")
    return used


def _check(agreed: Quote, known: Known) -> None:
    """Whether the quote holds now."""
    if known.now > agreed.until:
        raise _Refused("expired", f"the quote held until {agreed.until.isoformat()}")
    if known.revision != agreed.booking_revision:
        raise _Refused("changed", "the booking has changed since the quote")
    _, ruleset = ruleset_of(agreed.asked.wanted, known)
    if ruleset is None:
        return  # rules hold as quoted, also where their file is gone
    for name, value in facts_about(agreed.asked.wanted, known, ruleset).items():
        stands = ruleset.facts[name].with_time is not None or name in _STANDS
        if not stands and agreed.facts.get(name) != shown(value):
            raise _Refused("changed", f"{name} was {agreed.facts.get(name, 'not known')}, and is {shown(value)}")


def _carried_out(request: RequestMade, token: T, agreed: Quote, known: Known, sheet: Worksheet[T]) -> Decided[T]:
    ours, rules = known.booking, known.rules
    found = becomes(agreed.asked.wanted, known)
    journeys = (*map(_given_up, found.given_up), *(_changed(ours, journey) for journey in found.changed))
    merged = _informed(found, request.id, agreed)
    waiting: dict[JourneyKey, WaitlistEntry | None] = {}
    by: dict[FlightKey, T] = {}
    if found.is_other_trip:
        changes: SeatChanges[T] = SeatChanges(sheet, known.waiting, rules=rules, now_waiting=waiting, by=by)
        changes.end_offers(ours, token)
        changed = [journey for journey in merged.journeys if journey.last_fact == request.id]
        for number in (*(each.number for each in found.given_up), *(each.number for each in found.changed)):
            by.update(dict.fromkeys(sheet.no_longer_lost(ours.pnr, number), token))
        changes.become(ours, merged, given_up=found.given_up, changed=changed, wanted={}, token=token)
    waiting |= {(ours.pnr, number): entry for number, entry in found.waiting.items()}
    for flight, numbers in found.seats.items():
        sheet.sit(flight, merged, numbers)
        by[flight] = token
    seats, freed = sheet.settled(sellable_from=known.now + rules.shortest_lead)
    done = RequestDone(
        pnr=ours.pnr,
        id=request.id,
        quote=agreed.id,
        acts=agreed.acts,
        wanted=agreed.asked.wanted,
        journeys=journeys,
        cites=agreed.cites,
        price=agreed.price,
        policy=agreed.policy,
        rules=rules.version,
        quote_revision=request.revision,
        quoted_until=agreed.until,
        passengers=ours.party.passengers,
        language=ours.party.language,
        contact=ours.party.contact,
        decided_at=known.now,
    )
    return Decided(
        facts=(
            done,
            *_payments(request, agreed, known),
            _what_it_changed(done, ours, merged, known, sheet),
            *(planned_again(ours, (merged,), known.offers, rules=rules.version) if found.is_other_trip else ()),
        ),
        quotes=(structs.replace(agreed, used_by=request.id),),
        booking=merged,
        seats=seats,
        waiting=waiting,
        freed=tuple(freed),
        by=by,
        read=frozenset(known.flights.keys() - seats.keys()),
    )


def _informed(found: Becomes, id_: Id, agreed: Quote) -> Booking:
    """The booking with the request as the last fact about what it changes, paid for as it was agreed."""
    numbers = {journey.number for journey in found.changed}
    journeys = tuple(
        structs.replace(journey, last_fact=id_) if journey.number in numbers else journey
        for journey in found.booking.journeys
    )
    return wish_of(agreed.asked.wanted).paid(structs.replace(found.booking, journeys=journeys), agreed)


def _payments(request: RequestMade, agreed: Quote, known: Known) -> tuple[PaymentDue, ...]:
    price = agreed.price
    movements = tuple(each for each in price.movements if each.what in _MOVES)
    if not movements and price.due is None:
        return ()
    due = PaymentDue(
        pnr=agreed.pnr,
        id=request.id,
        movements=movements,
        due=price.due,
        cites=agreed.cites,
        decided_at=known.now,
    )
    return (due,)


def _what_it_changed(
    done: RequestDone, ours: Booking, merged: Booking, known: Known, sheet: Worksheet[T]
) -> BookingAmended | BookingWithdrawn:
    if merged.is_withdrawn:
        return BookingWithdrawn(
            pnr=ours.pnr,
            id=done.id,
            version=ours.version,
            journeys=done.journeys,
            decided_at=known.now,
            rules=known.rules.version,
            request=True,
        )
    return BookingAmended(
        pnr=ours.pnr,
        id=done.id,
        version=ours.version,
        before=_summary(ours),
        after=_summary(merged),
        changed=tuple(what_changed(ours, merged)),
        journeys=done.journeys,
        marks=("alone",) if are_alone_unasked(merged) else (),
        seats=dict(had_by(sheet, merged.pnr, merged.seated)),
        decided_at=known.now,
        rules=known.rules.version,
        request=True,
    )


def _summary(booking: Booking) -> PartySummary:
    party = booking.party
    return PartySummary(passengers=party.passengers, seats=party.seats, language=party.language, contact=party.contact)


def _given_up(journey: Journey) -> AmendedJourney:
    return AmendedJourney(number=journey.number, before=journey.legs, follows=journey.last_fact)


def _changed(ours: Booking, journey: Journey) -> AmendedJourney:
    own = ours.journey(journey.number)
    before, follows = (own.legs, own.last_fact) if own else ((), "")
    return AmendedJourney(number=journey.number, before=before, after=journey.legs, follows=follows)


def _again(request: RequestMade, why: _Refused, used: Quote, known: Known, *, held: timedelta) -> Iterator[Quote]:
    """Quotes for the same, where that may be had, and for what comes near to it, where it may not."""
    wanted = used.asked.wanted
    near = near_to(wanted, known) if why.refusal == "impossible" or why.refusal in _MENDED else None
    for each in (wanted if why.refusal in _MENDED else None, near):
        if each is not None:
            id_ = derived_id("quote", request.pnr, request.id)
            yield quote(structs.replace(used.asked, id=id_, wanted=each), known, held=held)


def _refusal(request: RequestMade, why: _Refused, used: Quote | None, known: Known, *, held: timedelta) -> Decided[T]:
    again = _again(request, why, used, known, held=held) if used is not None else ()
    offer = next((found for found in again if found.outcome == "allowed"), None)
    party = known.booking.party
    refused = RequestRefused(
        pnr=request.pnr,
        id=request.id,
        quote=request.quote,
        refusal=why.refusal,
        detail=why.detail,
        offers=offer.id if offer else "",
        language=party.language,
        contact=party.contact,
        decided_at=known.now,
        rules=known.rules.version,
    )
    return Decided(facts=(refused,), quotes=(offer,) if offer else ())
