"""One window of parties, planned together: who keeps its trip, who is moved to what, who has nowhere to go.

Greedy by priority over one pool of seats: the first version, and the baseline for a better one. Each party in turn is given
the cheapest trip that has seats for all of it, and up to `alternatives` more for the booker to fall through to. Only first
choices are taken out of the pool, so first choices alone never oversell a flight, while alternatives may.

A party that finds the pool empty is proposed `none`, although those before it may yet be refused: being stranded is itself
a fact on which the planner searches again, and the booker says with every refusal that the seats of the first option, which
a stranded party did not get, are free.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import structs

from agents.planner.domain.claims import NOTHING, Claimed
from agents.planner.domain.costs import Weights, importance, priority, weighted
from agents.planner.domain.network import Availability, Network
from agents.planner.domain.ranking import Candidate, Journey, Pool, Ranking, begun, journey_of
from agents.planner.domain.rules import Rules
from agents.planner.domain.standing import ABOARD, Case, Standing, needs_answer, standing
from agents.planner.domain.wishes import Asked, unmet
from bus import derived_id
from contracts.judgement import Judgement, Wish
from contracts.ledger import BOOKING, SEAT_LEDGER
from contracts.names import Cabin, FlightKey, Pnr
from contracts.plans import Evidence, Option, PlannedLeg, PlanProposed, Verdict

NOBODY: Mapping[Pnr, Asked] = MappingProxyType({})
_NEAREST = 64
"""Of the trips of a party that has asked for something, those nearest to it: the picked one is looked for among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Choices among legal trips, all defaults of ours [d]."""

    margin: timedelta = timedelta(minutes=60)
    """A party whose flight still flies is moved only to arrive earlier than that by this much, and at less cost."""
    alternatives: int = 4
    """Options after the first."""


def plan(
    cases: Iterable[Case],
    network: Network,
    *,
    now: datetime,
    as_of: int,
    rules: Rules,
    weights: Weights,
    policy: Policy,
    claimed: Claimed = NOTHING,
    asked: Mapping[Pnr, Asked] = NOBODY,
) -> list[PlanProposed]:
    """Plans every party that needs an answer, once, whatever the order and number of its cases; most urgent first.

    For those who `asked` for something, trips that meet more of it go before better ones, and the plan carries a judgement.
    `claimed` seats are not given away, though the network has them free. `as_of` is the LEDGER sequence the network has
    reached. Raises `UnknownFlight` where a booking names a flight that the network lacks, and `LookupError` where the rules
    have no minimum connection for a day.
    """
    due = sorted((c for c in _once(cases) if needs_answer(c.booking, network)), key=lambda c: priority(c.booking))
    latest = max((c.booking.ticket.departs for c in due), default=now) + rules.later
    pool = Pool(network, now=now, latest=latest, rules=rules, claimed=claimed)
    window = _Window(pool, now=now, as_of=as_of, rules=rules, weights=weights, policy=policy)
    off = _to_get_off(due, network)
    plans: list[PlanProposed] = []
    for case in due:
        where = standing(case, network, rules=rules, off=off.get(case.booking.pnr, ()))
        proposed = window.answer(case, where, asked.get(case.booking.pnr))
        if proposed is not None:
            plans.append(proposed)
    return plans


def _once(cases: Iterable[Case]) -> list[Case]:
    """One case per party, by its latest cause: an earlier one, delivered again, may have had its plan, and a plan is said
    once."""
    by_party: defaultdict[Pnr, list[Case]] = defaultdict(list)
    for case in cases:
        by_party[case.booking.pnr].append(case)
    return [_latest(sorted(found, key=lambda c: (c.cause_at, c.cause_id))) for found in by_party.values()]


def _latest(cases: list[Case]) -> Case:
    kinds = [case.kind for case in cases if case.kind is not None]
    return structs.replace(cases[-1], kind=kinds[-1] if kinds else None)


def _to_get_off(due: list[Case], network: Network) -> dict[Pnr, set[FlightKey]]:
    """Which flights parties have to get off: those the booker has named for it, as long as there are too few seats; and those
    that have left them behind.

    Nobody else gets off, in whatever windows the parties of a flight are planned. The seats are counted here again, the least
    urgent first, for others may have left meanwhile.
    """
    off: defaultdict[Pnr, set[FlightKey]] = defaultdict(set)
    lack: dict[tuple[FlightKey, Cabin], int] = {}
    for case in reversed(due):
        pnr = case.booking.pnr
        for leg in case.booking.legs:
            flight = network[leg.flight]
            if pnr not in flight.offloaded:
                continue
            if flight.phase in ABOARD:
                off[pnr].add(leg.flight)
                continue
            place = (leg.flight, leg.cabin)
            short = lack.setdefault(place, -flight.free.get(leg.cabin, 0))
            if short > 0:
                off[pnr].add(leg.flight)
                lack[place] = short - case.booking.party.seats
    return off


class _Window:
    """The seats, rankings and evidence that the parties of one window share."""

    def __init__(
        self, pool: Pool, *, now: datetime, as_of: int, rules: Rules, weights: Weights, policy: Policy
    ) -> None:
        self._now, self._as_of = now, as_of
        self._rules, self._weights, self._policy = rules, weights, policy
        self._pool = pool
        self._rankings: dict[tuple[Journey, timedelta | None], Ranking] = {}
        self._evidence: dict[FlightKey, Evidence] = {}

    def answer(self, case: Case, where: Standing, asked: Asked | None = None) -> PlanProposed | None:
        """The party's plan; none for a stranded party without an option. Takes the first option's seats out of the pool."""
        if where.keeps and where.aboard:
            return self._propose(case, where, "keep", asked=asked)
        seats = case.booking.party.seats
        chosen = self._options(case, where, asked)[: 1 + self._policy.alternatives]
        if chosen:
            for cabin in chosen[0].seats:
                cabin.left -= seats
            return self._propose(case, where, "move", chosen, asked=asked)
        if where.keeps:
            return self._propose(case, where, "keep", asked=asked)
        return self._propose(case, where, "none", asked=asked) if case.booking.legs else None

    def _options(self, case: Case, where: Standing, asked: Asked | None) -> list[Candidate]:
        """Trips with seats for the party, best first; where its trip stands, those worth leaving it for.

        For who has asked for something all trips are compared, however dear, before any is left out; its trip is worth leaving,
        whatever the margin, for one that meets more of it, and never for one that meets less.
        """
        seats = case.booking.party.seats
        ranking = self._ranking(case, where, margin=self._policy.margin)
        if asked is None:
            return ranking.best(seats, count=1 + self._policy.alternatives)
        if where.keeps:
            present = len(self._lacks(case, where, asked))
            every = self._ranking(case, where, margin=None).best(seats)
            lacking = [
                (lacks, candidate)
                for candidate in every
                if (lacks := len(ranking.lacks(candidate, asked.wishes))) < present
                or (lacks == present and ranking.worth(candidate))
            ]
        else:
            lacking = [(len(ranking.lacks(c, asked.wishes)), c) for c in ranking.best(seats)]
        nearest = sorted(lacking, key=_by_lack)[:_NEAREST]
        if asked.first is not None:
            nearest.sort(key=lambda pair: (pair[0], pair[1].shape()[0] != asked.first))
        return [candidate for _, candidate in nearest]

    def _lacks(self, case: Case, where: Standing, asked: Asked) -> tuple[Wish, ...]:
        """What of the wishes the rest of the present trip does not meet; of one that is all but over, its last flight."""
        rest = slice(min(where.flown, len(where.flights) - 1), None)
        cabins = [leg.cabin for leg in case.booking.legs]
        come_to = begun(journey_of(case, where), where, self._rules)
        return unmet(asked.wishes, where.flights[rest], cabins[rest], begun=come_to)

    def _ranking(self, case: Case, where: Standing, *, margin: timedelta | None) -> Ranking:
        journey = journey_of(case, where)
        ranking = self._rankings.get((journey, margin))
        if ranking is None:
            ranking = self._rankings[journey, margin] = Ranking(
                journey, where, self._pool, rules=self._rules, weights=self._weights, margin=margin
            )
        return ranking

    def _propose(
        self,
        case: Case,
        where: Standing,
        verdict: Verdict,
        chosen: Iterable[Candidate] = (),
        *,
        asked: Asked | None,
    ) -> PlanProposed:
        booking = case.booking
        factor = importance(booking.party, self._weights)
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
                    unmet=self._ranking(case, where, margin=self._policy.margin).lacks(candidate, asked.wishes)
                    if asked
                    else (),
                )
            )
        present: tuple[PlannedLeg, ...] = ()
        if verdict != "move":
            present = tuple(
                PlannedLeg(flight=leg.flight, cabin=leg.cabin, last_disruption=flight.last_disruption)
                for leg, flight in zip(booking.legs, where.flights, strict=True)
            )
        return PlanProposed(
            pnr=booking.pnr,
            id=derived_id(case.cause_id, booking.pnr),
            verdict=verdict,
            reason=where.reason,
            booking_revision=case.booking_revision,
            as_of=self._as_of,
            options=tuple(options),
            legs=present,
            evidence=self._stands_on(case, where, next(iter(chosen), None)),
            planned_at=self._now,
            judgement=self._judged(case, where, verdict, asked) if asked else None,
        )

    def _judged(self, case: Case, where: Standing, verdict: Verdict, asked: Asked) -> Judgement:
        """What was asked, and with `keep` what of it the present trip does not meet."""
        return Judgement(wishes=asked.wishes, unmet=self._lacks(case, where, asked) if verdict == "keep" else ())

    def _stands_on(self, case: Case, where: Standing, first: Candidate | None) -> tuple[Evidence, ...]:
        """The booking, the present flights and those of the first choice."""
        flights = {f.flight: f for f in where.flights}
        if first is not None:
            flights.update((f.flight, f) for f in first.flights)
        booking = Evidence(
            subject=BOOKING.key(pnr=case.booking.pnr).name,
            revision=case.booking_revision,
            written_at=case.booking_written_at,
        )
        return (booking, *map(self._read, flights.values()))

    def _read(self, flight: Availability) -> Evidence:
        known = self._evidence.get(flight.flight)
        if known is None:
            known = self._evidence[flight.flight] = Evidence(
                subject=SEAT_LEDGER.key(flight=flight.flight).name,
                revision=flight.revision,
                written_at=flight.written_at,
            )
        return known


def _by_lack(pair: tuple[int, Candidate]) -> int:
    """Trips that lack as much stay in the order of cost in which they come."""
    return pair[0]
