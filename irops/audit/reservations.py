"""The reservation system's word: whether each version of a booking was applied, or contradicted, and none forgotten.

What it reported is read from the feed while that keeps it; what became of it from the facts, of which there is one for each
version that was decided. Between two facts the party may not change, and the booking is what the last of them leaves.
A split is about two bookings (`splits.py`), and each of them is judged as if it had been reported by itself.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, pairwise

from msgspec.structs import replace

from contracts.contacts import deliverable
from contracts.flights import Flight
from contracts.identity import canonical
from contracts.ledger import BeforeRequests, Booking, Journey, Leg, Party
from contracts.names import FlightKey, Pnr
from contracts.passengers import Passenger
from contracts.reservations import (
    BookingAmended,
    BookingContradicted,
    BookingWithdrawn,
    PartySummary,
    ReservationStatus,
)
from irops.audit.course import HOME
from irops.audit.departures import Departures, is_of_another
from irops.audit.findings import Findings
from irops.audit.journeys import Steps, broken_chain, is_cut, splits_of
from irops.audit.people import children_unasked
from irops.audit.rules import RuleBook
from irops.audit.splits import each_of, split_wrongly
from irops.audit.streams import ReservationFact, Streams
from irops.audit.times import CLOCKS


def misapplied(streams: Streams, all_steps: Steps, *, book: RuleBook) -> Findings:
    """Bookings, each once, that are not what the reservation system's last version and the facts about it make of them."""
    found = Findings()
    facts: dict[Pnr, list[ReservationFact]] = {}
    cancelling: dict[Pnr, int] = {}
    for sequence, fact in sorted(streams.amended, key=lambda pair: pair[0]):
        if isinstance(fact, BookingContradicted) and fact.answer:
            continue  # it is about an answer to an offer (`apart.py`), and about no version
        facts.setdefault(fact.pnr, []).append(fact)
        if book.sets[book.in_force(sequence)].rules.no_show_cancels:
            cancelling[fact.pnr] = sequence
    highest: dict[Pnr, ReservationStatus] = {}
    statuses = [each for _, status in streams.reservations for each in each_of(status)]
    reported = {(status.pnr, status.version): status for status in statuses}
    for status in statuses:
        if status.pnr not in highest or status.version > highest[status.pnr].version:
            highest[status.pnr] = status
    flown_as = {number: flight for flight, state in streams.flights.items() for number in state.sold_as}
    departures = Departures(streams.flights)
    for pnr in sorted(facts.keys() | highest.keys() | streams.bookings.keys()):
        own = facts.get(pnr, [])
        unlike = (why for fact in own for why in _unlike(fact, reported.get((pnr, fact.version)), streams, departures))
        faults = _faults(
            streams.bookings.get(pnr), own, highest.get(pnr), streams, flown_as, cancelled_at=cancelling.get(pnr)
        )
        wrong = next(chain(unlike, faults, split_wrongly(own, facts, streams)), None)
        if wrong is not None:
            found.add(f"{pnr} {wrong}")
    splits = splits_of(streams)
    present = {(booking.pnr, journey.number) for booking, journey in streams.journeys()}
    for (pnr, number), steps in sorted(all_steps.items()):
        gone = (pnr, number) not in present and pnr in streams.bookings and pnr not in streams.expired
        given_up = steps[-1].is_amendment and not steps[-1].after
        whole = streams.whole and not is_cut(pnr, splits)
        if gone and (wrong := next(_gone(given_up, broken_chain(steps, whole=whole)), None)):
            found.add(f"{pnr} journey {number} {wrong}")
    return found


def contradicted(streams: Streams) -> Iterator[str]:
    """The contradictions that no later version of the booking has settled: a person has to."""
    for _, fact in sorted(streams.amended, key=lambda pair: pair[0]):
        booking = streams.bookings.get(fact.pnr)
        if isinstance(fact, BookingContradicted) and (booking is None or booking.version <= fact.version):
            what = "an answer" if fact.answer else f"version {fact.version}"
            yield f"{fact.pnr} {what} of the reservation system: {fact.reason}: {fact.detail}"


def _unlike(
    fact: ReservationFact, status: ReservationStatus | None, streams: Streams, departures: Departures
) -> Iterator[str]:
    """A party, or a departure, other than the version had on which this fact rests."""
    if not isinstance(fact, BookingAmended) or fact.request:
        return
    if status is not None and status.booking is not None and fact.after != _summary(status.booking.party):
        yield f"is another party by the fact about version {fact.version} than by that version"
    if fact.before is None and (fact.changed or any(journey.before for journey in fact.journeys)):
        yield f"is new with version {fact.version}, and had been something else"
    if status is not None and status.booking is not None:
        had = {leg.flight for journey in fact.journeys for leg in journey.before}
        taken = {leg.flight for journey in fact.journeys for leg in journey.after} - had
        for leg in status.booking.all_legs:
            yield from _misnamed(leg, taken, streams.flights, departures)


def _misnamed(
    leg: Leg, taken: Collection[FlightKey], flights: Mapping[FlightKey, Flight], departures: Departures
) -> Iterator[str]:
    """A leg that leaves when another departure of its number is scheduled to, and has been put on this one."""
    flight = flights.get(canonical(leg.flight))
    if flight is None or flight.flight not in taken:
        return
    own = flight.scheduled_departure, flight.announced_departure, flight.departs
    others = [o.scheduled_departure for o in departures.others(flight.flight) if o.destination == leg.destination]
    if flight.scheduled_departure in flight.schedules:  # those that were taken back
        others += flight.schedules[flight.schedules.index(flight.scheduled_departure) + 1 :]
    if is_of_another(leg.departs, own, others):
        yield f"was to leave at {leg.departs.isoformat()}, and has been put on {flight.flight}, another departure of its number"


def _gone(is_given_up: bool, broken: Iterator[str]) -> Iterator[str]:
    """What is wrong with the facts about a journey that its booking does not have any more."""
    if not is_given_up:
        yield "is no more, and the reservation system has not given it up"
    yield from broken


def _faults(
    booking: Booking | None,
    facts: Sequence[ReservationFact],
    status: ReservationStatus | None,
    streams: Streams,
    flown_as: Mapping[FlightKey, FlightKey],
    *,
    cancelled_at: int | None,
) -> Iterator[str]:
    last = facts[-1] if facts else None
    for fact in facts:
        if fact.decided_at > streams.now + CLOCKS:
            yield f"version {fact.version} was decided at {fact.decided_at.isoformat()}, after now"
    yield from _out_of_order(facts, whole=streams.whole)
    if status is not None and not streams.redacted:
        decided = max(booking.version if booking else 0, last.version if last else 0)
        if status.version > decided:
            yield f"version {status.version} is neither applied nor contradicted"
    if booking is None:
        if last is not None:
            yield f"has version {last.version}, and is not there"
        return
    yield from _against_facts(booking, facts, whole=streams.whole)
    if isinstance(last, BookingAmended) and ("alone" in last.marks) != children_unasked(booking):
        yield f"is {'' if last.marks else 'not '}marked for a person by version {last.version}: children alone"
    if status is not None and status.version == booking.version and not isinstance(last, BookingContradicted):
        yield from _against_status(booking, status, streams, flown_as, cancelled_at=cancelled_at)


def _out_of_order(facts: Sequence[ReservationFact], *, whole: bool) -> Iterator[str]:
    if whole and facts and _is_requested(facts[0]) and facts[0].version:
        yield f"has version {facts[0].version} of the reservation system's by a request"
    for earlier, later in pairwise(facts):
        if _is_requested(later):
            if later.version != earlier.version:
                yield f"has another version of the reservation system's, {later.version}, by a request"
        elif later.version <= earlier.version:
            yield f"version {later.version} was decided after version {earlier.version}"
        if later.decided_at < earlier.decided_at - CLOCKS:
            yield f"version {later.version} was decided before version {earlier.version}, which it follows"


def _is_requested(fact: ReservationFact) -> bool:
    """Whether a request has changed the booking, and no version."""
    return not isinstance(fact, BookingContradicted) and fact.request


def _against_facts(booking: Booking, facts: Sequence[ReservationFact], *, whole: bool) -> Iterator[str]:
    last = facts[-1].version if facts else 0
    if booking.version != last and (facts or whole):
        yield f"is at version {booking.version}, by its facts at {last}"
    before: PartySummary | None = None
    size: tuple[int, int] | None = None
    withdrawn = False
    for fact in facts:
        match fact:
            case BookingAmended():
                if before is not None and fact.before != before:
                    yield f"was another party before version {fact.version} than after the one before"
                if fact.before is not None:
                    yield from _misreported(fact, fact.before)
                before, withdrawn = fact.after, False
                size = fact.after.passengers, fact.after.seats
            case BookingWithdrawn():
                before, withdrawn = None, True
            case BookingContradicted() if size is None:  # whether there was a booking, it alone knows
                withdrawn = withdrawn or not booking.journeys
            case _:
                pass
    size = size or _if_never_held(booking, facts, whole=whole)
    if before is not None and before != _summary(booking.party):
        yield "is another party than the reservation system last had"
    if size is not None and size != (booking.party.passengers, booking.party.seats):
        yield "has another size than the reservation system last had"
    if withdrawn != (not booking.journeys) and (facts or whole):
        yield "is withdrawn, and has journeys" if withdrawn else "has no journeys, and is not withdrawn"
    if not booking.journeys and (booking.party.contact or booking.party.remark or booking.passengers):
        yield "is withdrawn, and what is personal is still there"


def _if_never_held(booking: Booking, facts: Sequence[ReservationFact], *, whole: bool) -> tuple[int, int] | None:
    """The size of a booking of which no version could be held; None for any other."""
    contradicted = bool(facts) and all(isinstance(fact, BookingContradicted) for fact in facts)
    return (0, 0) if whole and contradicted and not booking.journeys else None


def _misreported(fact: BookingAmended, before: PartySummary) -> Iterator[str]:
    for name in PartySummary.__struct_fields__:
        if (getattr(before, name) != getattr(fact.after, name)) != (name in fact.changed):
            yield f"its {name} in version {fact.version} is not as the fact says"
    for name in fact.changed:
        if name not in (*Party.__struct_fields__, "people", "coupons", "sale", "compensated"):
            yield f"has no {name}, which version {fact.version} changes"


def _is_reserved(own: Journey, party: Party, theirs: list[tuple[str, str]], streams: Streams) -> bool:
    """Whether the journey is reserved as theirs says, which may lack what has been flown."""
    reserved = _reserved(own, party)
    lacks = reserved[: len(reserved) - len(theirs)] if theirs else reserved
    return reserved[len(lacks) :] == theirs and all(_has_left(flight, streams) for flight, _ in lacks)


def _has_left(flight: FlightKey, streams: Streams) -> bool:
    state = streams.flights.get(flight)
    return state is None or state.phase not in HOME


def _against_status(
    booking: Booking,
    status: ReservationStatus,
    streams: Streams,
    flown_as: Mapping[FlightKey, FlightKey],
    *,
    cancelled_at: int | None,
) -> Iterator[str]:
    """The booking against the version that it is at, as the reservation system reported it. `cancelled_at`: where, by the rules
    then, who did not come to a flight lost the journeys after it."""
    if status.booking is None:
        if booking.journeys:
            yield f"has journeys, and is withdrawn by version {status.version}"
        return
    theirs = replace(
        status.booking, party=replace(status.booking.party, contact=_address(status.booking.party.contact))
    )
    given_up = _given_up(booking)
    if not booking.journeys and given_up:
        yield from _not_as_given_up(theirs, given_up, flown_as, status)
        return
    yield from _other_party(booking, theirs, status)
    numbers = [journey.number for journey in theirs.journeys]
    missed, forfeited = _not_come_to(theirs), set[int]()
    if missed is not None and cancelled_at is not None and not _irops_may_be_why(theirs, missed, cancelled_at, streams):
        forfeited.update(numbers[numbers.index(missed) + 1 :])
    for journey in theirs.journeys:
        own = booking.journey(journey.number)
        if own is None and (
            journey.number in forfeited or given_up.get(journey.number) == _seats(journey.legs, flown_as)
        ):
            continue
        if own is None:
            yield f"has no journey {journey.number}, which version {status.version} has"
        elif not _is_reserved(own, booking.party, _seats(journey.legs, flown_as), streams):
            yield f"journey {journey.number} is not reserved as in version {status.version}"
    for own in booking.journeys:
        first = streams.flights.get(own.legs[0].flight) if own.legs else None
        if own.number not in numbers and (first is None or first.phase in ("scheduled", "cancelled")):
            yield f"has journey {own.number}, which version {status.version} has not"


def _given_up(booking: Booking) -> dict[int, list[tuple[str, str]]]:
    """The journeys that its party has given up, by number, as the reservation system last had them."""
    return {each.journey: [(one.flight, one.cabin) for one in each.reserved] for each in booking.given_up}


def _other_party(booking: Booking, theirs: Booking, status: ReservationStatus) -> Iterator[str]:
    for name in Party.__struct_fields__:
        has, wanted = getattr(booking.party, name), getattr(theirs.party, name)
        if name == "paid" and (booking.given_up or booking.before_requests != BeforeRequests()):
            continue  # what was paid for a journey goes with it, and what is paid for bags comes with them
        if has != wanted and not (name == "ssrs" and set(wanted) <= set(has)):
            yield f"its {name} is not that of version {status.version}"
    if _people(booking) != _named_here(_people(theirs), booking):
        yield f"has other people than in version {status.version}"


def _not_as_given_up(
    theirs: Booking,
    given_up: Mapping[int, list[tuple[str, str]]],
    flown_as: Mapping[FlightKey, FlightKey],
    status: ReservationStatus,
) -> Iterator[str]:
    """A journey of a version that a cancelled booking is at, and that its party has not given up as it is there."""
    for journey in theirs.journeys:
        if given_up.get(journey.number) != _seats(journey.legs, flown_as):
            yield f"is cancelled, and journey {journey.number} of version {status.version} was not"


def _people(booking: Booking) -> list[Passenger]:
    """Who they are and what they need, whatever they fly on and it is confirmed for (`people`)."""
    return [
        replace(
            person,
            coupons={},
            services=tuple(
                each if each.status == "refused" else replace(each, status="requested") for each in person.services
            ),
        )
        for person in booking.passengers
    ]


def _named_here(people: list[Passenger], booking: Booking) -> list[Passenger]:
    """Their people, those named as here whom a request has named otherwise, and whose name they repeat or leave out."""
    own = {each.id: each.name for each in booking.passengers}
    before = booking.before_requests.names
    return [
        replace(each, name=own.get(each.id, "")) if each.id in before and each.name in ("", before[each.id]) else each
        for each in people
    ]


def _not_come_to(booking: Booking) -> int | None:
    """The number of the first journey with a flight to which no one of the party came."""
    for journey in booking.journeys:
        for leg in journey.legs:
            if booking.passengers and {each.coupons.get(leg.flight) for each in booking.passengers} == {"no_show"}:
                return journey.number
    return None


def _irops_may_be_why(booking: Booking, missed: int, by: int, streams: Streams) -> bool:
    """Whether irops had decided about a journey up to this one by then, a flight of one was disrupted, or one left early."""
    if any(at < by and fact.pnr == booking.pnr and fact.journey <= missed for at, fact in streams.facts):
        return True
    legs = [leg for journey in booking.journeys if journey.number <= missed for leg in journey.legs]
    flights = {leg.flight for leg in legs}
    if any(at < by and disruption.flight in flights for at, disruption in streams.disrupted):
        return True
    known = [(leg, streams.flights[leg.flight]) for leg in legs if leg.flight in streams.flights]
    return any(state.departs < leg.departs for leg, state in known)


def _reserved(journey: Journey, party: Party) -> list[tuple[str, str]]:
    """The journey as the reservation system last had it."""
    if journey.reserved:
        return [(each.flight, each.cabin) for each in journey.reserved]
    return [(flight, party.cabin) for flight in journey.ticket.flights]


def _seats(legs: Sequence[Leg], flown_as: Mapping[FlightKey, FlightKey]) -> list[tuple[str, str]]:
    return [(flown_as.get(flight := canonical(leg.flight), flight), leg.cabin) for leg in legs]


def _summary(party: Party) -> PartySummary:
    return PartySummary(
        passengers=party.passengers, seats=party.seats, language=party.language, contact=_address(party.contact)
    )


def _address(contact: str) -> str:
    """Where its letters go; a contact that none can reach is as it came."""
    try:
        return deliverable(contact)
    except ValueError:
        return contact
