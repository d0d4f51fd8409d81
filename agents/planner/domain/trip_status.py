"""A party's present trip compared with the flights as they are: what is flown, what can still be flown, what is lost."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from agents.planner.domain.connections import can_hurry, goes_on_board, is_missed, leads_to, put_off
from agents.planner.domain.network import Availability, Network
from agents.planner.domain.rules import TripRules
from agents.planner.domain.too_early import is_too_early, leaves_too_soon
from contracts.flights import LEFT, Stop
from contracts.identity import goes_on
from contracts.ledger import Booking, Disruption, Journey, JourneyKey, Leg, Party
from contracts.names import Airport, FlightKey, origin_of


class Case(Struct, frozen=True, gc=False, kw_only=True):
    """A journey to plan: its booking as it was read, and one cause to plan it."""

    booking: Booking
    journey: Journey
    booking_revision: int
    booking_written_at: datetime
    cause_id: str
    """`ce-id` of the cause."""
    cause_sequence: int = 0
    """The cause's LEDGER sequence."""
    kind: Disruption | None = None
    """What the cause says has happened to the party; None where it only says that seats are free."""
    named: bool = False
    """A disruption names the party, or an answer to one was refused: it needs one. Or it is only looked at."""
    regains: tuple[FlightKey, ...] = ()
    """Flights on which the party lost seats that can be sold again."""
    waits_at: Airport | None = None
    """Where a party waits for a stranded journey (`WaitlistEntry.origin`); None: at the ticket's origin."""
    flown: tuple[Leg, ...] = ()
    """What it has flown of a stranded journey, or is on (`WaitlistEntry.flown`). It waits where the last of these lands."""

    def not_before(self, network: Network, *, rules: TripRules, elsewhere: bool = False) -> datetime | None:
        """When the party can leave on this journey at the earliest: once the journey before it has ended, and after the time to
        change planes where both meet in one city, or less if less was sold. None where no other journey binds it.
        `elsewhere`: from another airport of the city than it was to leave from.

        A stranded journey has no known end, so it binds nothing until it has flights again. Raises `UnknownFlight`.
        """
        before, _ = self.booking.neighbours(self.journey.number)
        if before is None or not before.legs:
            return None
        inbound = network[before.legs[-1].flight]
        return inbound.arrives + _stay(before, self.journey, inbound, rules=rules, elsewhere=elsewhere)

    def ends_by(self, network: Network, *, rules: TripRules) -> datetime | None:
        """When this journey has to have ended for the next one to begin as it is held. None where nothing holds it.

        Raises `UnknownFlight`.
        """
        _, following = self.booking.neighbours(self.journey.number)
        if following is None or not following.legs or not self.legs:
            return None
        onward = network[following.legs[0].flight]
        if onward.phase != "scheduled":
            return None
        return onward.departs - _stay(self.journey, following, network[self.legs[-1].flight], rules=rules)

    @property
    def is_behind_an_undecided_one(self) -> bool:
        """Whether no one knows yet when this journey can begin: the one before it is stranded, or someone is asked about it."""
        before, _ = self.booking.neighbours(self.journey.number)
        return before is not None and before.is_undecided

    @property
    def legs(self) -> tuple[Leg, ...]:
        """The party's trip on this journey; of a stranded one, what it has flown of it."""
        return self.journey.legs or self.flown

    def by(self, rules: TripRules) -> TripRules:
        """The rules for the party on this journey."""
        return rules.of(self.journey.ticket, self.party)

    @property
    def party(self) -> Party:
        return self.booking.party

    @property
    def key(self) -> JourneyKey:
        return self.booking.pnr, self.journey.number


def needs_answer(case: Case, network: Network, *, now: datetime, rules: TripRules) -> bool:
    """Whether a disruption that concerns the party came since its journey was last answered, or the journey is stranded, begins
    before the party can be there, or was given flights that cannot be flown. One that is stranded behind another waits
    for that.

    Where no disruption names it, it may hold a flight from which others had to get off, or to which they lost their connection.
    One that did not come to its flight is not planned for that alone. Raises `UnknownFlight`.
    """
    journey = case.journey
    if journey.state == "stranded":
        before, _ = case.booking.neighbours(journey.number)
        return before is None or before.state != "stranded"
    for leg in journey.legs:
        flight = network[leg.flight]
        if leg.answered < (flight.last_disruption if case.named else flight.last_for_all):
            return True
    if is_unreachable(case, network, now=now, rules=rules):  # unless it is presumed to have left with the party
        return not trip_status(case, network, now=now, rules=rules).stands
    if case.kind is None or any(case.booking.no_show(leg.flight) for leg in journey.legs):
        return False
    gets_off = {leg.flight for leg in journey.legs if _has_to_get_off(case, leg, network[leg.flight])}
    return trip_status(case, network, now=now, rules=rules, offloaded_from=gets_off).broken is not None


def _has_to_get_off(case: Case, leg: Leg, flight: Availability) -> bool:
    if case.booking.pnr not in flight.offloaded:
        return False
    return flight.phase in LEFT or flight.free.get(leg.cabin, 0) < 0


def is_unreachable(case: Case, network: Network, *, now: datetime, rules: TripRules) -> bool:
    """Whether the journey's first flight leaves, or has left, before the party can be there. Raises `UnknownFlight`."""
    if not case.journey.legs:
        return False
    first = network[case.journey.legs[0].flight]
    if first.phase in LEFT:
        return _was_not_back(case, first, network, rules)
    if first.phase != "scheduled":
        return False
    if case.is_behind_an_undecided_one:
        return now >= first.departs - rules.given_up
    not_before = case.not_before(network, rules=rules)
    return not_before is not None and first.departs < not_before


def _why_unreachable(case: Case, network: Network) -> Disruption:
    """Why the party cannot be at the journey's first flight: what the cause says, or the journey before, if that moved more."""
    before, _ = case.booking.neighbours(case.journey.number)
    if case.kind == "retimed" and before is not None and before.legs:
        first, last = case.journey.legs[0], before.legs[-1]
        early = first.departs - network[first.flight].departs
        late = network[last.flight].arrives - last.arrives
        return "retimed" if early > late else "unreachable"
    return "amended" if case.kind == "amended" else "unreachable"


def _stay_broken_by(case: Case, network: Network) -> FlightKey | None:
    """The flight on either side of the stay before the journey that moved further from what was sold, to leave less of it; None
    where neither did, for the party was moved to another one, or waits."""
    before, _ = case.booking.neighbours(case.journey.number)
    if before is None or not before.legs:
        return None
    last, first = before.legs[-1].flight, case.journey.legs[0].flight
    moved: dict[FlightKey, timedelta] = {}
    if last == before.ticket.flights[-1]:
        moved[last] = network[last].arrives - before.ticket.arrives
    if first == case.journey.ticket.flights[0]:
        moved[first] = case.journey.ticket.departs - network[first].departs
    culprit = max(moved, key=lambda flight: moved[flight], default=None)
    return culprit if culprit is not None and moved[culprit] > timedelta(0) else None


def _was_not_back(case: Case, first: Availability, network: Network, rules: TripRules) -> bool:
    """Whether the first flight of a journey leaves while the party is on the journey before it, or waits for seats on that. A
    party whose flight stops in the city from which the next journey leaves has got off there."""
    before, _ = case.booking.neighbours(case.journey.number)
    if before is None:
        return False
    if not before.legs:
        return True
    inbound = network[before.legs[-1].flight]
    stop = next((stop for stop in inbound.stops if rules.city(stop.airport) == rules.city(first.origin)), None)
    return inbound.phase == "cancelled" or first.departs < (stop.arrived_at if stop else inbound.arrives)


def _stay(
    before: Journey, following: Journey, inbound: Availability, *, rules: TripRules, elsewhere: bool = False
) -> timedelta:
    """The least time between two journeys of a booking: what was sold may be shorter than the table's minimum, between the same
    airports."""
    destination = following.ticket.destination
    origin = origin_of(following.legs[0].flight) if following.legs else following.ticket.origin
    if rules.city(inbound.lands) != rules.city(origin):
        return timedelta(0)
    least = rules.least_connection(
        (inbound.origin, inbound.lands), departing=(origin, destination), on=inbound.arrives.date()
    )
    if elsewhere:
        return max(least, rules.co_terminal_least)
    if (inbound.lands, origin) != (before.ticket.destination, following.ticket.origin):
        return least
    return min(least, max(following.ticket.departs - before.ticket.arrives, timedelta(0)))


class TripStatus(Struct, frozen=True, gc=False, kw_only=True):
    """A party's present trip, flight by flight."""

    flights: tuple[Availability, ...]
    flown: int
    """How many of the flights the party has flown, or is or is presumed on board of."""
    broken: int | None
    """Index of the first flight that the party can't take: it is cancelled, has left without the party, lands elsewhere, has no
    seat for it, was brought forward too far, or its connection is lost. The index after its last flown flight, for a stranded
    party and where that flight has landed elsewhere than the ticket ends."""
    reason: Disruption
    broken_by: FlightKey | None = None
    """With the reason `misconnected`: the flight whose times, or aircraft, broke the connection. With `unreachable`: the flight
    whose times left too little of the stay before the journey."""
    bonds: tuple[tuple[FlightKey, FlightKey], ...] = ()
    """The pairs of flights that were sold as one, are both to come, and can both be flown: a new trip has both or neither."""
    better_than_none: bool = False
    """The party can fly the broken trip all the same, and does where there is no other: it is brought to another airport of the
    city than the one where a minor is met, or is a minor left alone on a trip that was found for more; or it is `stretched`."""
    stretched: bool = False
    """All that is wrong with the trip is that no such one would be sold: it leaves earlier than is allowed, with time enough to
    get there, or leaves less time to change planes than is kept. Another trip is better only if it costs no more than
    `Rules.stretched` on top of this one."""

    @property
    def stands(self) -> bool:
        """Whether the party can fly its trip to the end."""
        return bool(self.flights) and self.broken is None

    @property
    def all_boarded(self) -> bool:
        """Whether no flight of the trip is still to be boarded."""
        return self.flown == len(self.flights)


def trip_status(
    case: Case, network: Network, *, now: datetime, rules: TripRules, offloaded_from: Collection[FlightKey] = ()
) -> TripStatus:
    """Compare the party's trip with the flights as they are.

    `offloaded_from` are the flights on which the party loses its seat. Raises `UnknownFlight`.
    """
    journey = case.journey
    flights = _as_flown(case.legs, network, journey.ticket.destination, rules)
    flown = 0
    while (
        flown < len(flights)
        and (flights[flown].phase in LEFT or _is_presumed(case, flights, at=flown, now=now, rules=rules))
        and _may_be_aboard(case, flights[flown], at=flown)
        and not _left_behind(case, flights, flown, offloaded_from, rules)
        and not (flown == 0 and _was_not_back(case, flights[0], network, rules))
    ):
        flown += 1
    if journey.state == "stranded":
        return TripStatus(
            flights=flights[:flown],
            flown=flown,
            broken=flown,
            reason=case.kind or "cancelled",
            bonds=_bonds_of_held(case, flights, network, offloaded_from=offloaded_from, rules=rules),
        )
    lost = _lost(case, flights, flown, network, now=now, offloaded_from=offloaded_from, rules=rules)
    bonds = _bonds(journey.legs, flown, lost)
    if lost:
        i, reason = next(iter(lost.items()))
        culprit = _broken_by(journey, flights, at=i, rules=rules) if reason == "misconnected" else None
        if reason == "unreachable":
            culprit = _stay_broken_by(case, network)
        stretched = _is_stretched(case, flights, flown, network, now=now, offloaded_from=offloaded_from, rules=rules)
        return TripStatus(
            flights=flights,
            flown=flown,
            broken=i,
            reason=reason,
            broken_by=culprit,
            bonds=bonds,
            better_than_none=stretched,
            stretched=stretched,
        )
    if flown == len(flights) and flights and _is_off_elsewhere(flights[-1], journey, rules):
        return TripStatus(flights=flights, flown=flown, broken=flown, reason="diverted")
    elsewhere = _leads_a_minor_elsewhere(case, flights, flown)
    if elsewhere is not None:
        bonds = _bonds(journey.legs, flown, {elsewhere})
        return TripStatus(
            flights=flights, flown=flown, broken=elsewhere, reason="diverted", bonds=bonds, better_than_none=True
        )
    if not flown and _is_no_trip_for_a_minor(case, rules):
        return TripStatus(flights=flights, flown=0, broken=0, reason="amended", bonds=bonds, better_than_none=True)
    return TripStatus(flights=flights, flown=flown, broken=None, reason=_reason(case, flights), bonds=bonds)


def _is_no_trip_for_a_minor(case: Case, rules: TripRules) -> bool:
    """Whether a minor who travels alone by now has a trip that was found for a party with someone older: with more connections
    than were sold, or from or to another airport."""
    ticket, legs = case.journey.ticket, case.journey.legs
    if "UMNR" not in case.party.ssrs or not legs or tuple(leg.flight for leg in legs) == ticket.flights:
        return False
    most = rules.limits(ticket.flights, case.journey.longest_stay, alone=True).connections
    ends = origin_of(legs[0].flight), legs[-1].destination
    return len(legs) - 1 > most or ends != (ticket.origin, ticket.destination)


def _lost(
    case: Case,
    flights: tuple[Availability, ...],
    flown: int,
    network: Network,
    *,
    now: datetime,
    offloaded_from: Collection[FlightKey],
    rules: TripRules,
) -> dict[int, Disruption]:
    """The flights to come that the party can't take, by index, the first one first, each with the reason. None behind the first
    is looked for where no two flights were sold as one."""
    journey, found = case.journey, dict[int, Disruption]()
    if not flown and is_unreachable(case, network, now=now, rules=rules):
        found[0] = _why_unreachable(case, network)
    for i in range(flown, len(flights)):
        if found and not _any_married(journey.legs):
            break
        inbound = i > 0 and i - 1 not in found
        reason = _why_broken(journey.legs, flights, at=i, inbound=inbound, offloaded_from=offloaded_from, rules=rules)
        if reason is None and i == flown and is_too_early(journey, flights, at=i, now=now, rules=rules):
            reason = "retimed"
        if reason is not None:
            found.setdefault(i, reason)
    return found


def _is_stretched(
    case: Case,
    flights: tuple[Availability, ...],
    flown: int,
    network: Network,
    *,
    now: datetime,
    offloaded_from: Collection[FlightKey],
    rules: TripRules,
) -> bool:
    """Whether the party can fly all of its trip to come, though no such trip would be sold (`TripStatus.stretched`).

    A minor who travels alone is not left to hurry.
    """
    legs = case.journey.legs
    if "UMNR" in case.party.ssrs or (not flown and is_unreachable(case, network, now=now, rules=rules)):
        return False
    if flown < len(flights) and leaves_too_soon(legs, flights, at=flown, now=now, rules=rules):
        return False
    return all(
        _why_broken(legs, flights, at=i, inbound=False, offloaded_from=offloaded_from, rules=rules) is None
        and (not i or not is_missed(legs, flights, at=i, rules=rules) or can_hurry(flights[i - 1], flights[i], rules))
        for i in range(flown, len(flights))
    )


def _any_married(legs: Sequence[Leg]) -> bool:
    return any(leg.married for leg in legs)


def _bonds(legs: Sequence[Leg], flown: int, lost: Collection[int]) -> tuple[tuple[FlightKey, FlightKey], ...]:
    """The pairs of flights to come that were sold as one and are bound still. Once one of two is lost, the other is kept or
    replaced as any flight is."""
    if not _any_married(legs):
        return ()
    return tuple(
        (first.flight, second.flight)
        for at, (first, second) in enumerate(pairwise(legs))
        if second.married and at >= flown and at not in lost and at + 1 not in lost
    )


def _bonds_of_held(
    case: Case,
    flown: tuple[Availability, ...],
    network: Network,
    *,
    offloaded_from: Collection[FlightKey],
    rules: TripRules,
) -> tuple[tuple[FlightKey, FlightKey], ...]:
    """The same of the flights on which a stranded party has kept seats."""
    held = case.journey.held
    if not _any_married(held):
        return ()
    legs, flights = (*case.flown, *held), (*flown, *(network[leg.flight] for leg in held))
    lost: set[int] = set()
    for i in range(len(flown), len(flights)):
        inbound = i > 0 and i - 1 not in lost
        if flights[i].free.get(legs[i].cabin, 0) < 0 or _why_broken(
            legs, flights, at=i, inbound=inbound, offloaded_from=offloaded_from, rules=rules
        ):
            lost.add(i)
    return _bonds(legs, len(flown), lost)


def _leads_a_minor_elsewhere(case: Case, flights: tuple[Availability, ...], flown: int) -> int | None:
    """Index of the first flight to come that is to land at another airport than an unaccompanied minor is met at: the ticket's,
    and no other of the city."""
    if "UMNR" not in case.party.ssrs:
        return None
    ahead = range(flown, len(flights))
    return next(
        (i for i in ahead if flights[i].phase == "rerouted" and flights[i].lands != flights[i].destination), None
    )


def _why_broken(
    legs: Sequence[Leg],
    flights: tuple[Availability, ...],
    *,
    at: int,
    inbound: bool,
    offloaded_from: Collection[FlightKey],
    rules: TripRules,
) -> Disruption | None:
    """Why the party can't take this flight, even in time for its departure; None if it can. `inbound`: it comes with the flight
    before it."""
    flight = flights[at]
    if flight.phase == "cancelled":
        return "cancelled"
    if _leads_nowhere(flight, rules):
        return "diverted"
    if flight.flight in offloaded_from:
        return "downgauged"
    if flight.phase in LEFT or (inbound and is_missed(legs, flights, at=at, rules=rules)):
        if not inbound:
            return "retimed"
        return "diverted" if flights[at - 1].diverted_to else "misconnected"
    return None


def _leads_nowhere(flight: Availability, rules: TripRules) -> bool:
    """Whether it is to land in another city than its own, or came back and is not expected to leave again."""
    if flight.phase == "returned":
        return flight.silent
    return flight.phase == "rerouted" and rules.city(flight.lands) != rules.city(flight.destination)


def _broken_by(journey: Journey, flights: tuple[Availability, ...], *, at: int, rules: TripRules) -> FlightKey:
    """The flight that broke the connection to this one: the one before if it lands elsewhere, else that which moved further
    from what the party knows.

    Another aircraft makes a stop on the way a connection though no time moves: that is the one of the two disrupted since.
    """
    inbound, onward = flights[at - 1], flights[at]
    if rules.city(inbound.lands) != rules.city(onward.origin):
        return inbound.flight
    if goes_on(inbound, onward):
        since = [
            flight.flight
            for flight, leg in zip((inbound, onward), journey.legs[at - 1 : at + 1], strict=True)
            if leg.answered < flight.last_disruption
        ]
        if len(since) == 1:
            return since[0]
    late = inbound.arrives - journey.legs[at - 1].arrives
    early = journey.legs[at].departs - onward.departs
    return inbound.flight if late >= early else onward.flight


def _is_presumed(case: Case, flights: tuple[Availability, ...], *, at: int, now: datetime, rules: TripRules) -> bool:
    """Whether the flight, past its best known departure without a word, is presumed under way with the party on board.

    Not where it was brought forward without the party knowing, nor after a connection that is too short to be kept, nor before
    its aircraft has come.
    """
    leg, flight = case.legs[at], flights[at]
    departs = flight.departs
    if flight.phase != "scheduled" or not departs <= now < departs + rules.presumed:
        return False
    if at and (departs < flights[at - 1].arrives or is_missed(case.legs, flights, at=at, rules=rules)):
        return False
    return not leg.leaves_without(departs, brought_forward=rules.brought_forward)


def _may_be_aboard(case: Case, flight: Availability, *, at: int) -> bool:
    """A stranded party holds no seat there, and is on board only if its seat is still free: it may have been sold on a flight
    that was presumed to have left, or came back."""
    return bool(case.journey.legs) or flight.free.get(case.legs[at].cabin, 0) >= case.party.seats


def _as_flown(legs: Sequence[Leg], network: Network, wanted: Airport, rules: TripRules) -> tuple[Availability, ...]:
    """The flights, each as it is to this party: one that has landed on its way where the party's next flight leaves from ends
    there, and so does one that has landed where the party wants to be. One whose aircraft is late is late too."""
    flights = [network[leg.flight] for leg in legs]
    for i, (flight, onward) in enumerate(pairwise(flights)):
        for stop in flight.stops:
            if rules.city(stop.airport) == rules.city(onward.origin):
                flights[i] = flight.left_at(stop)
    if flights and (got_off := flights[-1].got_off(legs[-1])):
        flights[-1] = flights[-1].left_at(got_off)
    for i in range(1, len(flights)):
        flights[i] = put_off(flights[i - 1], flights[i])
    ends = [_stop_in(flight, wanted, rules) for flight in flights]
    return tuple(flight.left_at(end) if end else flight for flight, end in zip(flights, ends, strict=True))


def _stop_in(flight: Availability, wanted: Airport, rules: TripRules) -> Stop | None:
    """The stop in the city where a party wants to be, of a flight to another one."""
    if rules.city(flight.destination) == rules.city(wanted):
        return None
    return next((stop for stop in flight.stops if rules.city(stop.airport) == rules.city(wanted)), None)


def _is_off_elsewhere(flight: Availability, journey: Journey, rules: TripRules) -> bool:
    """Whether the party's last flight ends in another city than its ticket. One that is diverted and still in the air may land
    where it should all the same."""
    return flight.phase != "diverted" and rules.city(flight.lands) != rules.city(journey.ticket.destination)


def _left_behind(
    case: Case,
    flights: tuple[Availability, ...],
    at: int,
    offloaded_from: Collection[FlightKey],
    rules: TripRules,
) -> bool:
    """Whether this flight has left without a seat for the party, without the party at its gate, before its previous flight came
    in, while the party was on its way from another airport of the city, or from where it is not."""
    flight = flights[at]
    if flight.flight in offloaded_from or case.booking.no_show(flight.flight):
        return True
    if at and goes_on_board(flights[at - 1], flight):
        return False
    if case.legs[at].leaves_without(flight.departs, brought_forward=rules.brought_forward):
        return True
    if not at:
        return False
    inbound = flights[at - 1]
    if flight.departs < inbound.arrives or not leads_to(inbound, flight, rules):
        return True
    return inbound.lands != flight.origin and is_missed(case.legs, flights, at=at, rules=rules)


def _reason(case: Case, flights: tuple[Availability, ...]) -> Disruption:
    """The disruption that a party whose trip stands is informed of: what the flights show, before what the cause says."""
    if any(
        f.phase in ("rerouted", "diverted", "landed", "returned") and leg.answered < f.last_disruption
        for f, leg in zip(flights, case.journey.legs, strict=True)
    ):
        return "diverted"
    # A flight cancelled and restored, or diverted in error, is in the end one whose times may have moved.
    return "downgauged" if case.kind == "downgauged" else "retimed"
