"""Trips: whether a party has a trip that can be flown, at the times of its flights, however it came to it.

Where the flights lead is judged by the booking's legs. Whether there was time to reach the gate and to change planes is judged
by the times in the fact that decided: flights may move afterwards, and a party that misses a connection then is answered again.
The limits are those below which nothing is sold; what `legal` accepts as a legal seat lies above them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, pairwise, product

from contracts.flights import Flight, Place
from contracts.ledger import BookingChanged, BookingKept, BookingStranded, JourneyKey, Leg, SeatLedger
from contracts.names import BY_LAND, Airport, FlightKey, origin_of
from contracts.reservations import BookingAmended
from contracts.rules import Terminals
from irops.audit.findings import Findings
from irops.audit.gates import there_from, waited_in
from irops.audit.history import NO_PAST, Past
from irops.audit.journeys import PartyJourney
from irops.audit.outlook import Outlook
from irops.audit.rules import Route, RuleBook, TripRules
from irops.audit.services import Manifests
from irops.audit.stays import left_without
from irops.audit.stops import got_off, is_one_flight, left_in, stays_on_board
from irops.audit.streams import Streams
from irops.audit.times import CLOCKS, LEFT, wrong_times


@dataclass(frozen=True, slots=True)
class _Decided:
    """The fact that gave a party its flights, and the strandings before it."""

    fact: BookingChanged
    stranded: Sequence[BookingStranded]

    @property
    def had(self) -> tuple[FlightKey, ...] | None:
        """The flights it had before; None if those facts have expired."""
        return tuple(leg.flight for leg in self.seats) if self.fact.before or self.stranded else None

    @property
    def seats(self) -> tuple[Leg, ...]:
        """The legs that it had before, or had flown and held while it waited."""
        last = self.stranded[-1] if self.stranded else None
        return self.fact.before or ((*last.flown, *last.held) if last else ())

    def leaves_from(self, flights: Mapping[FlightKey, Flight]) -> tuple[Airport, ...]:
        """Where the party was to leave from."""
        if self.fact.before:
            return (origin_of(self.fact.before[0].flight),)
        return waited_in(self.stranded[-1], self.fact.decided_at, flights) if self.stranded else ()


def illegal(
    streams: Streams,
    journeys: Iterable[PartyJourney],
    pasts: Mapping[FlightKey, Past],
    *,
    book: RuleBook,
    silent: timedelta,
    waiting: Set[JourneyKey] = frozenset(),
) -> Findings:
    """Parties, each once, whose trip is impossible, or that have other times than their flights'. Those that are `waiting` for
    a brake, or for someone's yes, have no answer yet, and the journey after them has none before they have."""
    found = Findings()
    before: PartyJourney | None = None
    journeys = list(journeys)
    manifests = Manifests(streams, journeys)
    for journey in journeys:
        earlier = before if before is not None and before.pnr == journey.pnr else None
        ended = None if earlier is None or earlier.key in waiting else earlier
        before = journey
        if journey.key in waiting:
            continue
        wrong = next(
            chain(
                _left_waiting(journey, earlier, streams, book.now),
                left_without(journey, ended, streams, book.since_last(journey)[-1]),
                _faults(journey, earlier, streams, pasts, manifests, book, silent),
                _not_there(journey, streams, book, alone=earlier is None),
            ),
            None,
        )
        if wrong is not None:
            found.add(f"{journey.name} {wrong}")
    return found


def _decided(journey: PartyJourney) -> _Decided | None:
    facts = journey.facts_since
    changes = [at for at, fact in enumerate(facts) if isinstance(fact, BookingChanged)]
    if not changes:
        return None
    fact, before = facts[changes[-1]], facts[: changes[-1]]
    assert isinstance(fact, BookingChanged)
    return _Decided(fact, tuple(each for each in before if isinstance(each, BookingStranded)))


def _too_early(journey: PartyJourney, streams: Streams, book: RuleBook) -> Iterator[str]:
    """The next flight that the party was to board, if it was kept on it although it was brought forward too far: to less than
    the lead after the decision, or to before the party, moved to it shortly before, is there. One that leaves much earlier than
    sold has a mark (`marks`).

    A flight that had left about when the party knew had the party on board, and so has one that goes on under its number.
    """
    facts = journey.facts_since
    kept = facts[-1] if facts else None
    if not isinstance(kept, BookingKept) or len(kept.before) != len(kept.after):
        return
    rules = book.of(kept, journey)
    brought_forward = rules.rules.brought_forward
    offers = (offer for _, offer in streams.offered if (offer.pnr, offer.id) == (kept.pnr, kept.offer) and offer.stands)
    informed_at = min([offer.decided_at for offer in offers], default=kept.decided_at)  # the offer had the present trip
    for at, (before, leg) in enumerate(zip(kept.before, kept.after, strict=True)):
        if at and stays_on_board(kept.after[at - 1].flight, leg.flight, streams.flights):
            continue
        state = streams.flights.get(leg.flight)
        left = state.departs if state is not None and state.phase in LEFT else streams.horizon
        given = there_from(leg.flight, facts[:-1], rules, flights=streams.flights)
        if max(given or left, before.departs - brought_forward) <= left <= kept.decided_at:
            continue
        if given and max(informed_at, leg.departs) < given:
            yield f"was kept at {kept.decided_at:%H:%M} on {leg.flight}, at whose gate it is from {given:%H:%M} on"
            return
        too_soon = informed_at + rules.sold_from(origin_of(leg.flight), begins=not at)
        if leg.departs <= before.departs - brought_forward and leg.departs < too_soon:
            yield f"was kept at {kept.decided_at:%H:%M} on {leg.flight}, brought forward to {leg.departs:%H:%M}"
        return


def _not_there(journey: PartyJourney, streams: Streams, book: RuleBook, *, alone: bool) -> Iterator[str]:
    """A flight that left before the party, which was moved to it shortly before, was at its gate; or a time from which it is
    there that no fact explains. `alone`: no journey comes before it, with which the party may have come to an airport."""
    rules = book.of(journey.facts[-1], journey) if journey.facts else book.now_for(journey)
    for at, leg in enumerate(journey.legs):
        there = there_from(leg.flight, journey.facts, rules, flights=streams.flights)
        state = streams.flights.get(leg.flight)
        if leg.there_from is not None and (at or there is None or leg.there_from > there):
            yield f"is at the gate of {leg.flight} from {leg.there_from:%H:%M} on, by no fact"
        if alone and not at and there is not None and state and state.phase in LEFT and state.departs < there:
            yield f"is on {leg.flight}, which left at {state.departs:%H:%M}, and is at its gate from {there:%H:%M} on"


def _left_waiting(
    journey: PartyJourney, before: PartyJourney | None, streams: Streams, rules: TripRules
) -> Iterator[str]:
    """A flight that leaves without the party, which waits for the journey before."""
    if before is None or before.state != "stranded" or not journey.legs:
        return
    first = streams.flights.get(journey.legs[0].flight)
    if (
        first is not None
        and first.phase != "cancelled"
        and streams.now >= first.departs - rules.rules.given_up + CLOCKS
    ):
        yield f"has {first.flight}, which leaves at {first.departs:%H:%M} while it waits for its journey {before.number}"


def _faults(
    journey: PartyJourney,
    before: PartyJourney | None,
    streams: Streams,
    pasts: Mapping[FlightKey, Past],
    manifests: Manifests,
    book: RuleBook,
    silent: timedelta,
) -> Iterator[str]:
    """What is wrong, the worst first. Expired facts are not judged."""
    if journey.state == "stranded":
        if journey.legs:
            yield f"is stranded, and has {journey.legs[0].flight}"
        return
    decided = _decided(journey)
    rules = book.of(decided.fact, journey) if decided is not None else book.now_for(journey)
    yield from _astray(journey, decided, streams, rules)
    if decided is not None:
        if [leg.flight for leg in journey.legs] != [leg.flight for leg in decided.fact.after]:
            yield "has other flights than it was moved to"
        elif decided.had is not None:
            yield from _hurried(decided, decided.had, streams, pasts, rules)
            then = _as_it_was(journey, decided.fact, streams)
            yield from _left_alone(then, decided.fact, decided.had, rules)
            yield from _by_land(journey, decided.fact, decided.had, streams)
            outlook = Outlook(streams, pasts, before, decided.fact.decided_at, rules)
            yield from _parted(decided, outlook)
            yield from _bound_otherwise(decided)
            yield from _unlawful(then, decided.fact, decided.had, rules, silent)
            yield from manifests.crowded(journey, decided.fact, decided.had, rules)
    yield from _too_early(journey, streams, book)
    yield from _mistimed(journey, streams, silent)
    yield from _missed(journey, streams, pasts, book)


def _astray(journey: PartyJourney, decided: _Decided | None, streams: Streams, rules: TripRules) -> Iterator[str]:
    """Flights that do not lead from where the party was to where its ticket ends."""
    ticket = journey.ticket
    places = _starts(journey, decided)
    for leg in journey.legs:
        origin = origin_of(leg.flight)
        if places and not _near(origin, places, rules):
            yield f"leaves from {origin} with {leg.flight}, and is in {places[0]}"
        places = _ends(leg, streams)
        lands = streams.seats[leg.flight].diverted_to if leg.flight in streams.seats else None
        if lands and streams.seats[leg.flight].phase == "rerouted" and not _near(lands, [leg.destination], rules):
            yield f"is on {leg.flight}, which is to land in {lands}"
    elsewhere = _lands(journey, streams, rules)
    places = elsewhere or places[:1]
    if not places:
        yield "has no flights"
    elif not _near(ticket.destination, places, rules):
        yield f"lands in {places[0]}, and its ticket ends in {ticket.destination}"
    elif journey.alone and not elsewhere and places[0] != ticket.destination:
        yield f"is an unaccompanied minor, met in {ticket.destination}, and lands in {places[0]}"


def _starts(journey: PartyJourney, decided: _Decided | None) -> tuple[Airport, ...]:
    """Where the party may have been: where its ticket or its trip begins, or where it was stranded. Empty if not known."""
    if decided is None and journey.state != "rebooked":
        return (journey.ticket.origin,)
    if decided is None or decided.had is None:
        return ()
    trip = (origin_of(leg.flight) for leg in decided.fact.before[:1])
    return (journey.ticket.origin, *trip, *(fact.origin for fact in decided.stranded))


def _ends(leg: Leg, streams: Streams) -> tuple[Airport, ...]:
    """The flight's destination, where it was diverted to, and where it has landed on its way."""
    ledger = streams.seats.get(leg.flight)
    if ledger is None:
        return (leg.destination,)
    elsewhere = (ledger.diverted_to,) if ledger.diverted_to else ()
    return (ledger.destination, *elsewhere, *(stop.airport for stop in ledger.stops))


def _lands(journey: PartyJourney, streams: Streams, rules: TripRules) -> tuple[Airport, ...]:
    """Where the party leaves its last flight, if that is elsewhere than the flight was to land: where it has landed, or a stop
    in the city where the party wants to be; empty if it is not."""
    ledger = streams.seats.get(journey.legs[-1].flight) if journey.legs else None
    if ledger is None:
        return ()
    wanted = journey.ticket.destination
    stops = [stop.airport for stop in ledger.stops if _near(stop.airport, [wanted], rules)]
    if stops and not _near(ledger.destination, [wanted], rules):
        return (stops[0],)
    has_landed = ledger.phase == "landed" or (ledger.phase == "diverted" and ledger.silent)
    return (ledger.diverted_to,) if has_landed and ledger.diverted_to else ()


def _near(airport: Airport, places: Sequence[Airport], rules: TripRules) -> bool:
    return any(rules.city(airport) == rules.city(place) for place in places)


def _hurried(
    decided: _Decided,
    had: Sequence[FlightKey],
    streams: Streams,
    pasts: Mapping[FlightKey, Past],
    rules: TripRules,
) -> Iterator[str]:
    """Flights new to the party that leave too soon after the decision, or after the flight before."""
    fact = decided.fact
    added = [(at, leg) for at, leg in enumerate(fact.after) if leg.flight not in had]
    for number, (at, new) in enumerate(added):
        origin = origin_of(new.flight)
        least = rules.sold_from(origin, begins=not at)
        if not number:
            places = _ends(fact.after[at - 1], streams) if at else decided.leaves_from(streams.flights)
            least = least if origin in places else max(least, rules.sold_transfer)
        if new.departs < fact.decided_at + least:
            yield f"was moved at {fact.decided_at:%H:%M} to {new.flight}, which leaves at {new.departs:%H:%M}"
    as_before = set(pairwise(leg.flight for leg in fact.before or decided.stranded[-1].flown))
    for leg, following in pairwise(fact.after):
        if (leg.flight, following.flight) in as_before or _is_through(leg.flight, following.flight, streams):
            continue
        stop = got_off(streams.seats.get(leg.flight), following, sets=[rules])
        wait = following.departs - (stop.arrived_at if stop else leg.arrives)
        terminals = _terminals(leg.flight, following.flight, streams, pasts)
        if wait < rules.sold_least(*_routes(leg, following, streams), on=leg.arrives.date(), terminals=terminals):
            yield f"was given {wait // timedelta(minutes=1)} min between {leg.flight} and {following.flight}"


def _as_it_was(journey: PartyJourney, fact: BookingChanged, streams: Streams) -> PartyJourney:
    """The journey as this decision met it: where the reservation system has taken people off the booking since, not a minor's
    alone."""
    known = zip(journey.sequences, journey.facts, strict=True)  # of a half of a split party also those before the split
    decided_at = next(sequence for sequence, each in known if each.id == fact.id)
    were_more = any(
        sequence > decided_at and amended.pnr == journey.pnr and "passengers" in amended.changed
        for sequence, amended in streams.amended
        if isinstance(amended, BookingAmended)
    )
    return replace(journey, alone=journey.alone and not were_more)


def _left_alone(
    journey: PartyJourney, fact: BookingChanged, had: Sequence[FlightKey], rules: TripRules
) -> Iterator[str]:
    """An unaccompanied minor who has to change planes more often than it was sold."""
    flown = {leg.flight for leg in fact.after if leg.flight in had and leg.departs <= fact.decided_at}
    if journey.alone and len(fact.after) - len(flown) > 1 + journey.limits(rules.rules).connections:
        yield "is an unaccompanied minor, and was given a connection"


def _bound_otherwise(decided: _Decided) -> Iterator[str]:
    """Flights that are sold as one by the fact and were not, or the reverse."""
    fact = decided.fact
    bound, had = (
        {(a.flight, b.flight) for a, b in pairwise(legs) if b.married} for legs in (fact.after, decided.seats)
    )
    pairs = {(a.flight, b.flight) for a, b in pairwise(fact.after)}
    for first, second in sorted(bound ^ (had & pairs)):
        yield f"has {first} and {second}, which {'are' if (first, second) in bound else 'are not'} sold as one since then"


def _parted(decided: _Decided, outlook: Outlook) -> Iterator[str]:
    """Two flights sold as one, both surely to be flown still when the party lost one only."""
    had = decided.seats
    stays = {leg.flight for leg in decided.fact.after}
    inbound = (None, *had)
    for at, (first, second) in enumerate(pairwise(had)):
        if not second.married or (first.flight in stays) == (second.flight in stays):
            continue
        pairs = ((first, inbound[at]), (second, first))
        if not any(_may_be_lost(leg, before, outlook) for leg, before in pairs):
            yield f"has one flight only of {first.flight} and {second.flight}, which were sold as one"


def _may_be_lost(leg: Leg, inbound: Leg | None, outlook: Outlook) -> bool:
    """Whether the party, which comes with `inbound`, may not have been able to take the flight, or may have been on board."""
    if inbound is not None and any(version.diverted_to for version in outlook.versions(inbound)):
        return True
    early, versions = leg.departs - outlook.rules.rules.brought_forward, outlook.versions(leg)
    if leg.there_from is not None or any(known.departs <= early or known.phase == "rerouted" for known in versions):
        return True
    return outlook.may_be_lost(leg, inbound, place=origin_of(leg.flight))


def _by_land(journey: PartyJourney, fact: BookingChanged, had: Sequence[FlightKey], streams: Streams) -> Iterator[str]:
    """A train or a coach for a party that was sold none."""
    given = [leg.flight for leg in fact.after if _is_by_land(streams.seats.get(leg.flight))]
    sold = [streams.seats.get(flight) for flight in (*journey.ticket.flights, *had)] if given else []
    if None not in sold and not any(map(_is_by_land, sold)):
        yield from (f"was sold flights, and was given {flight}" for flight in given)


def _is_by_land(ledger: SeatLedger | None) -> bool:
    return ledger is not None and ledger.mode in BY_LAND


def _unlawful(
    journey: PartyJourney, fact: BookingChanged, had: Sequence[FlightKey], rules: TripRules, silent: timedelta
) -> Iterator[str]:
    """What is new in a trip and outside the limits that held: departures, waits, changes of aircraft, cabins.

    Known times may have moved by less than `silent` since the trip was planned.
    """
    limits, ticket, sold = rules.rules, journey.ticket, journey.limits(rules.rules)
    new = [leg for leg in fact.after if leg.flight not in had]
    for leg in new:
        if leg.departs > ticket.departs + limits.later + silent:
            yield f"was moved to {leg.flight}, which leaves {leg.departs - ticket.departs} later than sold"
        if rules.onto is not None and leg.flight.split(".")[0] not in rules.onto:
            yield f"was moved to {leg.flight}, and may be moved onto flights of {', '.join(sorted(rules.onto))} only"
        if leg.cabin not in rules.cabins(journey.party.cabin):
            yield f"was given {leg.cabin} on {leg.flight}, having paid for {journey.party.cabin}"
    home = bool(new) and fact.after[0] is new[0] and _near(ticket.origin, [origin_of(new[0].flight)], rules)
    if home and new[0].departs < ticket.departs - limits.earlier - silent:
        yield f"was moved to {new[0].flight}, which leaves {ticket.departs - new[0].departs} earlier than sold"
    if len(new) - 1 > sold.connections:
        yield f"was given {len(new)} flights"
    for leg, following in pairwise(new):
        if following.departs - leg.arrives > sold.longest_connection + silent:
            yield f"was given {following.departs - leg.arrives} between {leg.flight} and {following.flight}"


def _routes(leg: Leg, following: Leg, streams: Streams) -> tuple[Route, Route]:
    """Where the two flights lead: the first to where the second leaves from, if it has ever landed there."""
    airport = origin_of(following.flight)
    there = airport if airport in _ends(leg, streams) else leg.destination
    return (origin_of(leg.flight), there), (airport, following.destination)


def _mistimed(journey: PartyJourney, streams: Streams, silent: timedelta) -> Iterator[str]:
    """Flights whose times are not those in the booking, although the party was answered for all that concerned it."""
    for leg in journey.legs:
        ledger, state = streams.seats.get(leg.flight), streams.flights.get(leg.flight)
        if ledger is None or leg.answered < ledger.last_for_all:
            continue
        for notified, known in wrong_times(leg, ledger, state, silent=silent):
            yield f"was notified of {notified.isoformat()} for {leg.flight}, whose time is {known.isoformat()}"


def _missed(journey: PartyJourney, streams: Streams, pasts: Mapping[FlightKey, Past], book: RuleBook) -> Iterator[str]:
    """Connections that cannot be made by the best known times: the next flight leaves before the one before is in, or too soon
    after it to be kept, and sooner than it ever did.

    Other rules ask for no other answer while the times stay as they are. So the connection is too short only if it is by every
    set since the last answer. One with a mark, which is judged by itself (`marks`), may be as short as it takes to get there.
    """
    last = journey.facts[-1] if journey.facts else None
    sets = book.since_last(journey)
    hurries = isinstance(last, BookingKept) and "tight" in last.marks
    late = timedelta(0)
    for leg, following in pairwise(journey.legs):
        inbound, onward = streams.seats.get(leg.flight), streams.seats.get(following.flight)
        behind, late = late, _waits_for(leg, following, late, streams)
        if inbound is None or onward is None or stays_on_board(leg.flight, following.flight, streams.flights):
            continue  # they stay on board, or the ledger lacks one
        stop = got_off(inbound, following, sets=sets)
        departs, arrives = _best(streams, following.flight)[0], _best(streams, leg.flight)[1]
        arrives = stop.arrived_at if stop else arrives and arrives + behind
        if arrives is not None and departs is not None and departs < arrives:
            yield f"leaves with {following.flight} at {departs:%H:%M}, and is in with {leg.flight} at {arrives:%H:%M}"
        answered = leg.answered >= inbound.last_for_all and following.answered >= onward.last_for_all
        if onward.phase in LEFT or not answered:
            continue
        start, on = origin_of(following.flight), leg.arrives.date()
        lands = left_in(inbound, start, book.now_for(journey))
        routes = (origin_of(leg.flight), lands), (start, following.destination)
        terminals = _terminals(leg.flight, following.flight, streams, pasts)
        kept = min(rules.kept_least(*routes, on=on, terminals=terminals) for rules in sets)
        wait = onward.expected_departure - (stop.arrived_at if stop else inbound.expected_arrival)
        given = _given(journey, leg.flight, following.flight)
        if hurries:
            kept = min(kept, *(rules.rules.at_the_gate + rules.extra[0] for rules in sets))
        is_other = lands != leg.destination or _was_a_stop(leg.flight, following.flight, streams)
        if wait < (kept if is_other else min(kept, given)):
            yield f"has {wait // timedelta(minutes=1)} min between {leg.flight} and {following.flight}"


def _terminals(
    inbound: FlightKey, onward: FlightKey, streams: Streams, pasts: Mapping[FlightKey, Past]
) -> set[Terminals]:
    """What may have been known of the terminals of a connection: all that monitor and ledger have had, and nothing."""
    arrivals, departures = set[Place | None](), set[Place | None]()
    for flight, known, name in ((inbound, arrivals, "arrival_terminal"), (onward, departures, "departure_terminal")):
        states = (change.state for change in pasts.get(flight, NO_PAST).changes)
        for state in (streams.flights.get(flight), streams.seats.get(flight), *states):
            known.add(getattr(state, name) if state is not None else None)
    return set(product(arrivals, departures))


def _waits_for(leg: Leg, following: Leg, late: timedelta, streams: Streams) -> timedelta:
    """By how much the second flight will be late, by no status of its own: its aircraft flies the first, and that is `late`."""
    state = streams.flights.get(following.flight)
    if state is None or state.phase in LEFT or not stays_on_board(leg.flight, following.flight, streams.flights):
        return timedelta(0)
    arrives = _best(streams, leg.flight)[1]
    return max(arrives + late - state.departs, timedelta(0)) if arrives else timedelta(0)


def _is_through(first: FlightKey, then: FlightKey, streams: Streams) -> bool:
    """Whether these are one flight going on, in one aircraft at some time."""
    return stays_on_board(first, then, streams.flights) or _was_a_stop(first, then, streams)


def _was_a_stop(first: FlightKey, then: FlightKey, streams: Streams) -> bool:
    """Whether these are one flight going on, of which a leg got another aircraft on record: sold as a stop, it is a connection
    since. Where that is on record nowhere, it may have been sold as one."""
    if not is_one_flight(first, then, streams.flights):
        return False
    tails: dict[FlightKey, str | None] = {}
    for _, change in streams.changes:
        if change.flight in (first, then):
            if change.change == "re-equipped" and change.state.tail != tails.get(change.flight):
                return True
            tails[change.flight] = change.state.tail
    return False


def _best(streams: Streams, flight: FlightKey) -> tuple[datetime | None, datetime | None]:
    """The best known times of a flight that is not cancelled."""
    state = streams.flights.get(flight)
    return (state.departs, state.arrives) if state and state.phase != "cancelled" else (None, None)


def _given(journey: PartyJourney, inbound: FlightKey, onward: FlightKey) -> timedelta:
    """The time between the two flights as the party first had it: sold shorter than our minimum, it may stay so."""
    trips = [
        *(trip for step in journey.steps for trip in (step.before, step.after)),
        journey.legs,
    ]
    return next(
        following.departs - leg.arrives
        for trip in trips
        for leg, following in pairwise(trip)
        if (leg.flight, following.flight) == (inbound, onward)
    )
