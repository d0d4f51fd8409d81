"""Seats that parties have lost and that can be had again: whether those who lost them were moved back where they should be.

Who has lost which seats follows from the facts: a flight that a party had before one of them, and neither after it nor since.
Of those who stay elsewhere only the plain case is judged, which is right whatever the weights of a trip's cost: every flight
of the ticket flies at about its time with seats in the cabin paid for, and the party, still at home, arrives hours later.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from contracts.ledger import (
    Booking,
    BookingChanged,
    BookingFact,
    BookingKept,
    BookingStranded,
    JourneyKey,
    Leg,
    SeatLedger,
)
from contracts.names import CABINS, Airport, Cabin, FlightKey, Pnr, origin_of
from contracts.reservations import BookingContradicted
from irops.audit.findings import Findings
from irops.audit.history import NO_PAST, Past, known_from
from irops.audit.journeys import PartyJourney, Step, after, past_offers
from irops.audit.rules import Route, RuleBook, TripRules
from irops.audit.seats import Taken
from irops.audit.stops import stays_on_board
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS, LEFT

_NEAR = timedelta(hours=20)
"""Two journeys with less between them are near, whatever small moves there have been: less than a day is what counts."""


class _Flown(NamedTuple):
    """A flight at the least favourable of its known times."""

    flight: FlightKey
    route: Route
    departs: datetime
    arrives: datetime


def not_given_back(
    streams: Streams,
    journeys: Sequence[PartyJourney],
    pasts: Mapping[FlightKey, Past],
    taken: Taken,
    *,
    book: RuleBook,
    silent: timedelta,
    waiting: Set[JourneyKey] = frozenset(),
) -> Findings:
    """Parties, each once, that stay beside seats they should have again, or were moved back as they should not be. Those that
    are `waiting` for a brake or an answer, or behind one that is, stay until it ends."""
    found = Findings()
    opened = _opened(streams, pasts)
    wrong: dict[Pnr, str] = {}
    for journey in journeys:
        if journey.pnr in streams.expired:
            continue
        faults = [
            *_moved_while_checked_in(journey, streams),
            *_moved_back_wrongly(journey, pasts, book, silent=silent),
            *(_left_elsewhere(journey, streams, opened, taken, book) if journey.key not in waiting else ()),
        ]
        for fault in faults[:1]:
            wrong.setdefault(journey.pnr, f"{journey.name} {fault}")
    if streams.whole:
        for pnr, fault in (*_not_remembered(streams, journeys, pasts), *_not_behind(streams, journeys)):
            wrong.setdefault(pnr, f"{pnr} {fault}")
    for fault in wrong.values():
        found.add(fault)
    return found


def _gave_up(fact: BookingFact, held: Sequence[Leg] = ()) -> list[Leg]:
    """The flights that the party had before this fact, or `held` while it waited, and neither has after it, in as high a cabin,
    nor had flown."""
    keeps = {leg.flight: leg.cabin for leg in after(fact)}
    if isinstance(fact, BookingStranded):
        keeps = {leg.flight: leg.cabin for leg in (*fact.flown, *fact.held)}
    return [
        leg for leg in (*fact.before, *held) if leg.flight not in keeps or _rank(keeps[leg.flight]) > _rank(leg.cabin)
    ]


def _rank(cabin: Cabin) -> int:
    """0 is the best."""
    return CABINS.index(cabin)


def _held(fact: BookingFact | Step | None) -> Sequence[Leg]:
    """The seats that the party keeps after this fact while it waits."""
    return fact.held if isinstance(fact, BookingStranded) else ()


def _history(journey: PartyJourney) -> list[BookingFact | Step]:
    """Its facts, and the changes by the reservation system between them."""
    amendments = [(step.sequence, step) for step in journey.steps if step.is_amendment]
    facts = zip(journey.sequences, journey.facts, strict=True)
    return [each for _, each in sorted((*facts, *amendments), key=itemgetter(0))]


def _lost(history: Iterable[BookingFact | Step]) -> dict[FlightKey, BookingFact]:
    """The flights that a journey with this history has lost and not had since, with the fact. One that was moved back loses
    none to which it could be moved back again, unless the reservation system has changed it since."""
    lost: dict[FlightKey, BookingFact] = {}
    moved_back = False
    before: BookingFact | Step | None = None
    for fact in history:
        held, before = _held(before), fact
        if isinstance(fact, Step):
            moved_back = False
            for leg in fact.after:
                lost.pop(leg.flight, None)
            continue
        for leg in after(fact) if not isinstance(fact, BookingKept) else ():  # by that it gets no other seats
            lost.pop(leg.flight, None)
        moved_back = moved_back or fact.reason == "restored"
        if not moved_back:
            lost |= {leg.flight: fact for leg in _gave_up(fact, held)}
    return lost


def _asked(fact: BookingFact) -> bool:
    """Whether the party may have left its flights for what it asked for."""
    wishes = None if isinstance(fact, BookingStranded) else fact.wishes
    return wishes is not None and bool(wishes.asked)


# Those who were moved back.


def _moved_back_wrongly(
    journey: PartyJourney, pasts: Mapping[FlightKey, Past], book: RuleBook, *, silent: timedelta
) -> Iterator[str]:
    whole = journey.whole
    back = [fact for fact in journey.facts_since if fact.reason == "restored"]
    if len(back) > 1:
        yield "was moved back twice"
    if whole and journey.moved_back != bool(back):
        yield f"has {'' if journey.moved_back else 'not '}been moved back by its booking, and otherwise by its facts"
    for fact in journey.facts:
        regained = fact.regained if isinstance(fact, BookingChanged) else ()
        left = bool(fact.offer) and not isinstance(fact, BookingChanged)  # it was asked, and did not want them
        if bool(regained) != (fact.reason == "restored" and not left):
            yield f"has seats on {len(regained)} flights again, and its trip was {fact.reason} ({fact.id})"
    history = _history(journey)
    for at, each in enumerate(history):
        if isinstance(each, BookingChanged) and each.reason == "restored":
            yield from _moved_badly(journey, each, history[:at], book.of(each, journey), silent=silent)
            yield from _moved_late(each, pasts, book.of(each, journey), silent=silent)


def _moved_while_checked_in(journey: PartyJourney, streams: Streams) -> Iterator[str]:
    booking = streams.bookings[journey.pnr]
    for fact in journey.facts:
        checked_in = [leg.flight for leg in _gave_up(fact) if booking.checked_in(leg.flight)]
        if fact.reason == "restored" and checked_in:
            yield f"was moved back although it had checked in on {checked_in[0]} ({fact.id})"


def _moved_late(
    fact: BookingChanged, pasts: Mapping[FlightKey, Past], rules: TripRules, *, silent: timedelta
) -> Iterator[str]:
    """One move back off a flight that leaves too soon, by the last that was known of it, or to one."""
    until = fact.decided_at + rules.sold_back
    departures = {leg.flight: _departure(leg, pasts, by=fact.decided_at) for leg in fact.before}
    ahead = [(flight, departs) for flight, departs in departures.items() if departs > fact.decided_at]
    new = [(leg.flight, leg.departs) for leg in fact.after if leg.flight not in departures]
    for flights, least in ((ahead, until - silent), (new, until)):
        for flight, departs in flights[:1]:
            if departs < least:
                yield f"was moved back at {fact.decided_at:%H:%M}, when {flight} left at {departs:%H:%M}"


def _departure(leg: Leg, pasts: Mapping[FlightKey, Past], *, by: datetime) -> datetime:
    """When the flight leaves, by what the party was informed of or what was known by then: the later of the two."""
    changes = pasts.get(leg.flight, NO_PAST).changes
    known = [change.state.departs for change in changes if known_from(change.state) <= by + CLOCKS]
    return max([leg.departs, *known[-1:]])


def _moved_badly(
    journey: PartyJourney,
    fact: BookingChanged,
    earlier: Sequence[BookingFact | Step],
    rules: TripRules,
    *,
    silent: timedelta,
) -> Iterator[str]:
    """One move back: to other seats than those lost, or for too little."""
    had, has = ({leg.flight: leg.cabin for leg in legs} for legs in (fact.before, fact.after))
    never = [flight for flight in fact.regained if flight not in has or had.get(flight) == has[flight]]
    if journey.whole:
        never += [flight for flight in fact.regained if flight not in _lost(earlier)]
    if never:
        yield f"was moved back to {never[0]}, on which it had not lost its seats ({fact.id})"
    if not fact.before or not fact.after:
        yield f"was moved back, and had no trip ({fact.id})"
        return
    latest = fact.before[-1].arrives - rules.worth_moving_back
    if _below(fact.after, journey) < _below(fact.before, journey):
        latest = max(fact.before[-1].arrives, journey.ticket.arrives)
    if fact.after[-1].arrives > latest + silent:
        yield f"was moved back to arrive at {fact.after[-1].arrives:%H:%M}, not at {fact.before[-1].arrives:%H:%M}"


def _below(legs: Iterable[Leg], journey: PartyJourney) -> int:
    """By how much the cabins are lower than the one paid for."""
    return sum(max(0, _rank(leg.cabin) - _rank(journey.party.cabin)) for leg in legs)


# Those who stay.


def _opened(streams: Streams, pasts: Mapping[FlightKey, Past]) -> Mapping[FlightKey, datetime]:
    """When each flight's seats last changed so that a party may have had seats on it again: a change of the flight, or seats
    given up by a party."""
    opened = {
        flight: max((known_from(change.state) for change in past.changes), default=streams.now)
        for flight, past in pasts.items()
    }
    by_id = {(fact.pnr, fact.id): fact for _, fact in streams.facts}
    offers = {offer.id: offer.follows for _, offer in streams.offered}
    for _, fact in streams.facts:
        for leg in _gave_up(fact, _held(by_id.get((fact.pnr, past_offers(fact.follows, offers))))):
            if leg.flight in opened:
                opened[leg.flight] = max(opened[leg.flight], fact.decided_at)
    for _, change in streams.amended:
        for journey in change.journeys if not isinstance(change, BookingContradicted) else ():
            for leg in journey.before:
                if leg.flight in opened:
                    opened[leg.flight] = max(opened[leg.flight], change.decided_at)
    return opened


def _left_elsewhere(
    journey: PartyJourney,
    streams: Streams,
    opened: Mapping[FlightKey, datetime],
    taken: Taken,
    book: RuleBook,
) -> Iterator[str]:
    """A party, moved off its ticket's flights, that arrives hours later than it would with them, although they have seats.

    Other rules move no party back by themselves. So it is a fault only if it is one by every set since the last answer.
    """
    ticket, facts = journey.ticket, journey.facts
    if (
        journey.state != "rebooked"
        or not journey.legs
        or not facts
        or not _lost(_history(journey)).keys() & set(ticket.flights)
    ):
        return
    if any(fact.reason == "restored" or _asked(fact) for fact in facts):
        return
    held = {leg.flight for leg in journey.legs}
    if any(map(streams.bookings[journey.pnr].checked_in, held)):
        return
    if any(streams.flights[flight].phase != "scheduled" for flight in held if flight in streams.flights):
        return
    trip = [_seats_on(flight, journey, streams, taken) for flight in ticket.flights]
    flown = [each for each in trip if each is not None]
    if len(flown) < len(trip):
        return
    known = max(facts[-1].decided_at, *(opened[flight] for flight in ticket.flights if flight in opened))
    if all(_is_worth(flown, journey, streams, known, rules) for rules in book.since_last(journey)):
        gain = journey.legs[-1].arrives - flown[-1].arrives
        yield f"arrives {gain} later than with {' + '.join(ticket.flights)}, on which there are seats again"


def _is_worth(
    trip: Sequence[_Flown], journey: PartyJourney, streams: Streams, known: datetime, rules: TripRules
) -> bool:
    """Whether a party had to be moved back to this trip when it was known that there are seats on it again."""
    departs, arrives = trip[0].departs, trip[-1].arrives
    gain = journey.legs[-1].arrives - arrives
    first = min(departs, *(leg.departs for leg in journey.legs))
    lead = rules.sold_lead if _was_to_leave_from(journey) == {trip[0].route[0]} else rules.transfer
    return (
        _can_be_flown(trip, streams, rules)
        and gain >= rules.worth_moving_back * (1 + len(trip))
        and departs >= journey.ticket.departs - rules.sold_lead
        and first >= known + rules.sold_back + 2 * rules.sold_lead
        and departs >= known + lead + 2 * rules.sold_lead
        and not _is_bound(streams.bookings[journey.pnr], journey, departs, arrives, rules)
    )


def _was_to_leave_from(journey: PartyJourney) -> set[Airport]:
    """The airports that the party was to leave from before and after its last answer."""
    last, before = journey.facts[-1], journey.facts[-2:-1]
    waited = {fact.origin for fact in before if isinstance(fact, BookingStranded)}
    return waited | {origin_of(leg.flight) for leg in (*last.before[:1], *journey.legs[:1])}


def _seats_on(flight: FlightKey, journey: PartyJourney, streams: Streams, taken: Taken) -> _Flown | None:
    """A flight that the party holds, or could; None for any other."""
    ledger, state = streams.seats.get(flight), streams.flights.get(flight)
    if ledger is None or state is None or ledger.phase != "scheduled" or state.phase != "scheduled":
        return None
    cabin, party = journey.party.cabin, journey.party
    held = any(leg.flight == flight and leg.cabin == cabin for leg in journey.legs)
    free = ledger.capacity.get(cabin, 0) - taken.get(flight, {}).get(cabin, 0)
    if not held and free < party.seats:
        return None
    route = origin_of(flight), ledger.destination
    return _Flown(flight, route, min(ledger.departs, state.departs), max(ledger.arrives, state.arrives))


def _can_be_flown(trip: Sequence[_Flown], streams: Streams, rules: TripRules) -> bool:
    """Whether the flights connect, at the same airports, or one goes on with its passengers on board."""
    return all(
        inbound.route[1] == onward.route[0]
        and (
            (inbound.arrives <= onward.departs and stays_on_board(inbound.flight, onward.flight, streams.flights))
            or rules.least(inbound.route, onward.route, on=inbound.arrives.date()) <= onward.departs - inbound.arrives
        )
        and onward.departs - inbound.arrives <= rules.rules.longest_connection
        for inbound, onward in pairwise(trip)
    )


def _is_bound(booking: Booking, journey: PartyJourney, departs: datetime, arrives: datetime, rules: TripRules) -> bool:
    """Whether another journey of the booking may forbid these times: it ends or begins near to them, or no one knows when the
    one before ends, for its party waits."""
    before, following = booking.neighbours(journey.number)
    stay = 2 * rules.rules.longest_minimum
    too_soon = before is not None and (not before.legs or any(leg.arrives + stay > departs for leg in before.legs))
    return too_soon or (following is not None and any(leg.departs < arrives + stay for leg in following.legs[:1]))


# What the ledger remembers.


def _chosen(streams: Streams) -> dict[JourneyKey, int]:
    """When parties last chose other trips themselves, by requests: what they had lost before is offered to them no more."""
    found: dict[JourneyKey, int] = {}
    for sequence, change in streams.amended:
        for journey in change.journeys if not isinstance(change, BookingContradicted) and change.request else ():
            found[change.pnr, journey.number] = max(sequence, found.get((change.pnr, journey.number), 0))
    return found


def _not_remembered(
    streams: Streams, journeys: Iterable[PartyJourney], pasts: Mapping[FlightKey, Past]
) -> Iterator[tuple[Pnr, str]]:
    """Seats that a party has lost by its facts and not by the flight's ledger, or the reverse."""
    lost: dict[tuple[FlightKey, Pnr], tuple[int, bool, int]] = {}
    chosen = _chosen(streams)
    for journey in journeys:
        sequences = dict(zip((fact.id for fact in journey.facts), journey.sequences, strict=True))
        for flight, fact in _lost(_history(journey)).items() if journey.whole else ():
            if sequences[fact.id] < chosen.get(journey.key, 0):
                continue
            lost[flight, journey.pnr] = (journey.number, _asked(fact), sequences[fact.id])
    home = _home_last(streams)
    cut = {journey.pnr for journey in journeys if not journey.whole}
    given_up = {
        (change.pnr, journey.number)
        for _, change in streams.amended
        for journey in (change.journeys if not isinstance(change, BookingContradicted) else ())
        if not journey.after
    }  # such a journey is offered nothing any more
    for flight, ledger in streams.seats.items():
        for pnr, number in ledger.lost_by.items():
            if pnr in cut or (pnr, number) in given_up:
                continue
            if (flight, pnr) not in lost or lost[flight, pnr][0] != number or _has_left(ledger):
                yield pnr, f"has lost no seats on {flight} on journey {number}, and its ledger has it so"
    for (flight, pnr), (number, asked, at) in lost.items():
        known = streams.seats.get(flight)
        if known is None or _has_left(known) or asked or known.lost_by.get(pnr) == number:
            continue
        if any(change.change == "departed" for change in pasts.get(flight, NO_PAST).changes):
            came_back = home.get(flight)
            if came_back is None or came_back > at:  # it may have left since: its ledger has forgotten them
                continue
        yield pnr, f"has lost its seats on {flight} on journey {number}, and its ledger does not know"


def _has_left(ledger: SeatLedger) -> bool:
    """Whether its passengers have left with it. One that was to come back, and is silent, is presumed to have done so."""
    is_back = ledger.silent and ledger.diverted_to == origin_of(ledger.flight)
    return ledger.phase in LEFT and not is_back


def _not_behind(streams: Streams, journeys: Iterable[PartyJourney]) -> Iterator[tuple[Pnr, str]]:
    """Seats lost behind another flight by the facts and not by the ledgers of the two, or the reverse: without that, no one is
    offered them when the connection holds again."""
    came_with: dict[tuple[FlightKey, Pnr], set[FlightKey | None]] = {}
    before: PartyJourney | None = None
    for journey in journeys:
        earlier = before if before is not None and before.pnr == journey.pnr else None
        before = journey
        for flight, fact in _lost(_history(journey)).items() if journey.whole else ():
            way = _way(fact, journey)
            at = next((at for at, leg in enumerate(way) if leg.flight == flight), None)
            if at is not None:
                came_with[flight, journey.pnr] = {way[at - 1].flight} if at else _ends_before(way[0], earlier)
    for flight, ledger in streams.seats.items():
        for pnr in sorted(ledger.lost_by.keys() | ledger.lost_behind.keys()):
            has = ledger.lost_behind.get(pnr)
            if pnr not in ledger.lost_by:
                yield pnr, f"was to come to {flight} with {has}, and has lost no seats there"
            elif has not in came_with.get((flight, pnr), {has}):
                yield pnr, f"has lost its seats on {flight} behind {has or 'no flight'}, by the ledger alone"
            inbound_ledger = streams.seats.get(has or "")
            if inbound_ledger and inbound_ledger.phase != "arrived" and flight not in inbound_ledger.lost_onward:
                yield pnr, f"was to come to {flight} with {has}, whose ledger does not know"


def _way(fact: BookingFact, journey: PartyJourney) -> Sequence[Leg]:
    """The flights, one after the other, that the party had until this fact: its trip, or what it had flown and kept while it
    waited."""
    waited = journey.preceding(fact)
    if not fact.before and isinstance(waited, BookingStranded):
        return (*waited.flown, *waited.held)
    return fact.before


def _ends_before(first: Leg, earlier: PartyJourney | None) -> set[FlightKey | None]:
    """The flights with which the journey before may have ended; none where that is unknown, or a day before this flight."""
    if earlier is None:
        return {None}
    trips = [earlier.legs, *(trip for step in earlier.steps for trip in (step.before, step.after))]
    ends = {leg.flight for trip in trips for leg in trip[-1:]}
    near = bool(earlier.legs) and not earlier.steps and first.departs - earlier.legs[-1].arrives < _NEAR
    return {*ends} if near else {None, *ends}


def _home_last(streams: Streams) -> Mapping[FlightKey, int]:
    """Where in LEDGER the last disruption of a flight is, if that is its cancellation, or its return: one that left after it
    would have been disrupted by its return."""
    last: dict[FlightKey, tuple[int, int, bool]] = {}
    for sequence, disruption in streams.disrupted:
        is_home = disruption.kind == "cancelled" or disruption.diverted_to == origin_of(disruption.flight)
        each = (disruption.n, sequence, is_home)
        last[disruption.flight] = max(each, last.get(disruption.flight, each))
    return {flight: sequence for flight, (_, sequence, is_home) in last.items() if is_home}
