"""One window of parties, planned together: who keeps its trip, who is moved to which, who has no trip.

Greedy by priority over one pool of seats; a better assignment would be measured against it. Each party in turn gets the
cheapest trip that has seats for all of it, and up to `alternatives` more for the booker to fall back on. Only first options
take seats out of the pool, so first options alone never oversell a flight, while alternatives may.

A party for which the pool is empty is proposed `none`, although plans made before it may yet be refused. That is safe: being
stranded is itself a cause to search again, and with every refusal the booker frees the seats of the refused first option.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import structs

from agents.planner.domain.affected import names_party
from agents.planner.domain.costs import Offer, cabin_cost, importance, priority, weighted
from agents.planner.domain.network import Availability, Network
from agents.planner.domain.preferences import Preference, unmet
from agents.planner.domain.ranking import Candidate, Ranking, RankingKey, airport_reached, ranking_key
from agents.planner.domain.reservations import NO_SEATS, SeatCounts
from agents.planner.domain.rules import TripRules
from agents.planner.domain.search import Found
from agents.planner.domain.seat_pool import SeatPool
from agents.planner.domain.trip_status import Case, TripStatus, needs_answer, trip_status
from bus import derived_id
from contracts.flights import LEFT
from contracts.judgement import Judgement, Wish
from contracts.ledger import BOOKING, SEAT_LEDGER, JourneyKey
from contracts.names import Cabin, FlightKey, Id
from contracts.plans import Evidence, Option, PlannedLeg, PlanProposed, Verdict

NO_PREFERENCES: Mapping[JourneyKey, Preference] = MappingProxyType({})
_NEAREST = 64
"""Of the trips of a party with a preference, how many that meet most of its wishes are kept to find the chosen one among."""
_LOOKED_AT = (16, 128, 1024)
"""How many of the best trips are looked through, each time no earlier number had one, for a flight that a party is offered."""


def plan(
    cases: Iterable[Case],
    network: Network,
    *,
    now: datetime,
    as_of: int,
    rules: TripRules,
    reserved: SeatCounts = NO_SEATS,
    preferences: Mapping[JourneyKey, Preference] = NO_PREFERENCES,
    braked: Collection[JourneyKey] = frozenset(),
) -> list[PlanProposed]:
    """Plan every journey that needs an answer once, whatever the order and number of its cases; most urgent first.

    For a journey with a preference, trips that meet more wishes come before cheaper ones, and the plan carries a judgement.
    For one that is `braked` no trip is searched for: its plan has no options, and says only that it needs an answer.
    `reserved` seats are not given away, though the network has them free. `as_of` is the LEDGER sequence that the network has
    reached. Raises `UnknownFlight` where a booking names a flight that the network lacks, and `LookupError` where the rules
    have no minimum connection for a day.
    """
    due: list[Case] = []
    offered: list[Case] = []
    for case in _once(cases):
        if needs_answer(case, network, now=now, rules=case.by(rules)):
            due.append(case)
        elif case.regains:
            offered.append(case)
    due.sort(key=_urgency)
    offered.sort(key=_urgency)
    latest = max((case.journey.ticket.departs + case.by(rules).later for case in (*due, *offered)), default=now)
    pool = SeatPool(network, now=now, latest=latest, rules=rules, reserved=reserved)
    window = _Window(network, pool, now=now, as_of=as_of, rules=rules)
    offloaded_from = _offloaded_from(due, network)
    plans: list[PlanProposed] = []
    for case in due:
        gets_off = offloaded_from.get(case.key, ())
        status = trip_status(case, network, now=now, rules=case.by(rules), offloaded_from=gets_off)
        if case.key in braked:
            plans.append(window.unsearched(case, status))
            continue
        proposed = window.answer(case, status, preferences.get(case.key))
        if proposed is not None:
            plans.append(proposed)
    for case in offered:
        status = trip_status(case, network, now=now, rules=case.by(rules))
        if case.key in braked:
            plans.append(window.unsearched(case, _restored(status)))
            continue
        proposed = window.move_back(case, status, preferences.get(case.key))
        if proposed is not None:
            plans.append(proposed)
    return plans


def _urgency(case: Case) -> tuple[tuple[bool, int, float, int, str], int]:
    """Sorts the most urgent first, and one party's journeys in order."""
    return priority(case.booking.pnr, case.party), case.journey.number


def _once(cases: Iterable[Case]) -> list[Case]:
    """One case per journey, with its latest cause.

    A plan's id derives from its cause, and each id is proposed once: an earlier cause, redelivered, may have had its plan.
    """
    by_journey: defaultdict[JourneyKey, list[Case]] = defaultdict(list)
    for case in cases:
        by_journey[case.key].append(case)
    return [_latest(sorted(found, key=lambda c: (c.cause_sequence, c.cause_id))) for found in by_journey.values()]


def _latest(cases: list[Case]) -> Case:
    kinds = [case.kind for case in cases if case.kind is not None]
    regains = tuple(sorted({flight for case in cases for flight in case.regains}))
    # What has happened to the party comes before what has it planned besides: it is informed of that.
    naming = [kind for kind in kinds if names_party(kind)]
    named = any(case.named for case in cases) or bool(naming)
    kind = next(reversed(naming or kinds), None)
    return structs.replace(cases[-1], kind=kind, named=named, regains=regains)


def _offloaded_from(due: list[Case], network: Network) -> dict[JourneyKey, set[FlightKey]]:
    """The flights on which parties lose their seats, by journey.

    These are flights for which the booker has named the party and that have too few seats still, or have left. No other party
    is offloaded, however the parties of a flight are spread over windows. Seats are counted again, least urgent party first,
    because other parties may have left the flight since.
    """
    offloaded_from: defaultdict[JourneyKey, set[FlightKey]] = defaultdict(set)
    lacking: dict[tuple[FlightKey, Cabin], int] = {}
    for case in reversed(due):
        for leg in case.journey.legs:
            flight = network[leg.flight]
            if case.booking.pnr not in flight.offloaded:
                continue
            if flight.phase in LEFT:
                offloaded_from[case.key].add(leg.flight)
                continue
            place = (leg.flight, leg.cabin)
            lack = lacking.setdefault(place, -flight.free.get(leg.cabin, 0))
            if lack > 0:
                offloaded_from[case.key].add(leg.flight)
                lacking[place] = lack - case.party.seats
    return offloaded_from


def plan_id(cause_id: str, journey: JourneyKey) -> Id:
    """The id of the plan that answers this cause for this journey."""
    pnr, number = journey
    return derived_id(cause_id, pnr, str(number))


class _Window:
    """The seats, rankings and evidence that the parties of one window share."""

    def __init__(
        self,
        network: Network,
        pool: SeatPool,
        *,
        now: datetime,
        as_of: int,
        rules: TripRules,
    ) -> None:
        self._network = network
        self._now, self._as_of = now, as_of
        self._rules = rules
        self._pool = pool
        self._rankings: dict[tuple[RankingKey, timedelta | None], Ranking] = {}
        """The key of a party says by which rules it is judged."""
        self._evidence: dict[FlightKey, Evidence] = {}

    def answer(self, case: Case, status: TripStatus, preference: Preference | None = None) -> PlanProposed | None:
        """The party's plan; None for a stranded party without an option. Takes the first option's seats out of the pool."""
        if status.stands and status.all_boarded:
            return self._propose(case, status, "keep", preference=preference)
        if self._is_brought_there(case, status):
            return self._propose(case, status, "move", [_flown(case, status)], preference=None)
        seats = case.party.seats
        chosen = self._options(case, status, preference)[: 1 + self._rules.alternatives]
        if chosen:
            chosen[0].take(seats)
            return self._propose(case, status, "move", chosen, preference=preference)
        if status.stands or status.better_than_none:
            return self._propose(case, status, "keep", preference=preference)
        return self._propose(case, status, "none", preference=preference) if case.journey.legs else None

    def unsearched(self, case: Case, status: TripStatus) -> PlanProposed:
        """A plan without options."""
        return self._propose(case, status, "move", preference=None)

    def move_back(self, case: Case, status: TripStatus, preference: Preference | None = None) -> PlanProposed | None:
        """The plan of a party that has a trip and is offered seats that it had lost; None where it stays as it is.

        Only trips with such a flight count, and only where one serves by the margin. Takes the first option's seats out of the
        pool. A party that is checked in, and may have its bags on board, is left on its trip: no one has asked it.
        """
        if case.journey.moved_back or not status.stands or status.all_boarded:
            return None
        if any(case.booking.checked_in(flight.flight) for flight in status.flights[status.flown :]):
            return None
        if status.flights[status.flown].departs < self._now + self._rules.moves_back_until:
            return None
        chosen = self._trips_back(case, status, preference)[: 1 + self._rules.alternatives]
        if not chosen:
            return None
        chosen[0].take(case.party.seats)
        return self._propose(case, _restored(status), "move", chosen, preference=preference)

    def _trips_back(self, case: Case, status: TripStatus, preference: Preference | None) -> list[Candidate]:
        """Trips on flights on which the party had lost its seats, best first, that are worth leaving its trip for: they arrive
        earlier by the margin, or have more of the cabin that was paid for and arrive no later, or as it was sold.

        With a preference, only those that meet as many wishes as the present trip.
        """
        until = self._now + self._rules.moves_back_until
        present, lower = status.flights[-1].arrives, self._downgrade_at_present(case, status)
        earlier = present - self._rules.margin
        latest = max(present, case.journey.ticket.arrives) if lower else earlier
        flights = {
            flight.flight
            for flight in map(self._network.__getitem__, case.regains)
            if flight.phase == "scheduled" and flight.departs >= until and flight.arrives <= latest
        }
        own = {(leg.flight, leg.cabin) for leg in case.journey.legs}
        home = case.journey.ticket.origin
        pool = self._pool.by(case.by(self._rules))
        elsewhere = max(until, pool.elsewhere)  # it may have been moved there a moment ago
        ranking = self._ranking(case, status, margin=present - latest)
        found: list[Candidate] = []
        for count in _LOOKED_AT if flights else ():
            listed = ranking.best(case.party.seats, count=count)
            found = [
                candidate
                for candidate in listed
                if candidate.flights[0].departs
                >= (until if status.flown or candidate.flights[0].origin == home else elsewhere)
                and any(
                    f.flight in flights and (f.flight, cabin) not in own
                    for f, cabin in zip(candidate.flights, candidate.cabins, strict=True)
                )
                and (candidate.arrives <= earlier or candidate.terms.get("downgrade", 0) < lower)
            ]
            if found or len(listed) < count:
                break
        if preference is None:
            return found
        most = len(self._unmet_at_present(case, status, preference))
        ranked = [
            (lack, candidate)
            for candidate in found
            if (lack := len(ranking.unmet(candidate, preference.wishes))) <= most
        ]
        return _preferred(ranked, preference)

    def _downgrade_at_present(self, case: Case, status: TripStatus) -> int:
        """What the cabins of the rest of the present trip cost, for being lower than the one paid for."""
        cabins = [leg.cabin for leg in case.journey.legs[status.flown :]]
        return cabin_cost(cabins, case.party.cabin, self._rules.weights).get("downgrade", 0)

    def _is_brought_there(self, case: Case, status: TripStatus) -> bool:
        """Whether the flight that the party is on, or came with, takes it where its ticket ends, which makes void whatever was
        to follow: it was diverted, and goes on to its destination."""
        if not status.flown or status.broken != status.flown:
            return False
        lands = status.flights[status.flown - 1].lands
        rules = case.by(self._rules)
        return rules.city(lands) == rules.city(case.journey.ticket.destination)

    def _options(self, case: Case, status: TripStatus, preference: Preference | None) -> list[Candidate]:
        """Trips with seats for the party, best first; where its trip stands, those worth leaving it for.

        With a preference all trips are compared, whatever their cost. A trip that stands is left, whatever the margin, for one
        that meets more wishes, and never for one that meets fewer.
        """
        if status.reason == "unreachable" and case.is_behind_an_undecided_one:
            return []
        seats = case.party.seats
        ranking = self._ranking(case, status, margin=self._rules.margin)
        if preference is None:
            return ranking.best(seats, count=1 + self._rules.alternatives)
        if status.stands:
            present = len(self._unmet_at_present(case, status, preference))
            every = self._ranking(case, status, margin=None).best(seats)
            ranked = [
                (lack, candidate)
                for candidate in every
                if (lack := len(ranking.unmet(candidate, preference.wishes))) < present
                or (lack == present and ranking.is_worth_leaving_for(candidate))
            ]
        else:
            ranked = [(len(ranking.unmet(c, preference.wishes)), c) for c in ranking.best(seats)]
        return _preferred(ranked, preference)

    def _unmet_at_present(self, case: Case, status: TripStatus, preference: Preference) -> tuple[Wish, ...]:
        """The wishes that the rest of the present trip does not meet; once every flight is boarded, of its last flight."""
        rest = slice(min(status.flown, len(status.flights) - 1), None)
        cabins = [leg.cabin for leg in case.journey.legs]
        reached = airport_reached(self._key(case, status), status, case.by(self._rules))
        return unmet(preference.wishes, status.flights[rest], cabins[rest], reached=reached)

    def _key(self, case: Case, status: TripStatus) -> RankingKey:
        network, rules = self._network, case.by(self._rules)
        return ranking_key(
            case,
            status,
            rules=rules,
            not_before=case.not_before(network, rules=rules),
            not_before_elsewhere=case.not_before(network, rules=rules, elsewhere=True),
            ends_by=case.ends_by(network, rules=rules),
        )

    def _ranking(self, case: Case, status: TripStatus, *, margin: timedelta | None) -> Ranking:
        key = self._key(case, status)
        ranking = self._rankings.get((key, margin))
        if ranking is None:
            pool = self._pool.by(case.by(self._rules))
            ranking = self._rankings[key, margin] = Ranking(key, status, pool, margin=margin)
        return ranking

    def _propose(
        self,
        case: Case,
        status: TripStatus,
        verdict: Verdict,
        chosen: Iterable[Candidate] = (),
        *,
        preference: Preference | None,
    ) -> PlanProposed:
        factor = importance(case.party, self._rules.weights)
        options = []
        for candidate in chosen:
            id_, legs = candidate.shape()
            terms = weighted(candidate.terms, factor)
            options.append(
                Option(
                    id=id_,
                    legs=legs,
                    arrives=candidate.arrives,
                    cost=float(sum(terms.values())),
                    terms=terms,
                    unmet=self._ranking(case, status, margin=self._rules.margin).unmet(candidate, preference.wishes)
                    if preference
                    else (),
                )
            )
        present: tuple[PlannedLeg, ...] = ()
        if verdict != "move":
            present = tuple(
                PlannedLeg(flight=leg.flight, cabin=leg.cabin, last_disruption=flight.last_disruption)
                for leg, flight in zip(case.journey.legs, status.flights, strict=True)
            )
        return PlanProposed(
            pnr=case.booking.pnr,
            journey=case.journey.number,
            id=plan_id(case.cause_id, case.key),
            verdict=verdict,
            reason=status.reason,
            broken_by=status.broken_by,
            regains=case.regains,
            follows=case.journey.last_fact,
            booking_revision=case.booking_revision,
            as_of=self._as_of,
            options=tuple(options),
            legs=present,
            evidence=self._evidence_for(case, status, next(iter(chosen), None)),
            planned_at=self._now,
            rules=self._rules.version,
            judgement=self._judgement(case, status, verdict, preference) if preference else None,
        )

    def _judgement(self, case: Case, status: TripStatus, verdict: Verdict, preference: Preference) -> Judgement:
        """The wishes; with `keep` also those that the present trip does not meet."""
        unmet_wishes = self._unmet_at_present(case, status, preference) if verdict == "keep" else ()
        return Judgement(wishes=preference.wishes, unmet=unmet_wishes)

    def _evidence_for(self, case: Case, status: TripStatus, first: Candidate | None) -> tuple[Evidence, ...]:
        """The booking, the present flights and those of the first option."""
        flights = {f.flight: f for f in status.flights}
        if first is not None:
            flights.update((f.flight, f) for f in first.flights)
        booking = Evidence(
            subject=BOOKING.key(pnr=case.booking.pnr).name,
            revision=case.booking_revision,
            written_at=case.booking_written_at,
        )
        return (booking, *map(self._flight_evidence, flights.values()))

    def _flight_evidence(self, flight: Availability) -> Evidence:
        known = self._evidence.get(flight.flight)
        if known is None:
            known = self._evidence[flight.flight] = Evidence(
                subject=SEAT_LEDGER.key(flight=flight.flight).name,
                revision=flight.revision,
                written_at=flight.written_at,
            )
        return known


def _restored(status: TripStatus) -> TripStatus:
    return structs.replace(status, reason="restored", broken_by=None)


def _flown(case: Case, status: TripStatus) -> Candidate:
    """The trip as far as it is flown, and no further."""
    cabins = tuple(leg.cabin for leg in case.legs[: status.flown])
    offer = Offer(flights=status.flights[: status.flown], cabins=cabins)
    return Candidate(Found(offer, new=(), cost=0, terms={}), seats=())


def _preferred(ranked: list[tuple[int, Candidate]], preference: Preference) -> list[Candidate]:
    """Trips with the numbers of wishes that they do not meet, in the order of the preference."""
    nearest = sorted(ranked, key=_by_unmet)[:_NEAREST]
    if preference.first is not None:
        nearest.sort(key=lambda pair: (pair[0], pair[1].shape()[0] != preference.first))
    return [candidate for _, candidate in nearest]


def _by_unmet(pair: tuple[int, Candidate]) -> int:
    """Trips that meet as many wishes stay in their order of cost."""
    return pair[0]
