"""Booker and planner without a bus between them: their decisions, a ledger that is a dictionary, and messages in lists.

What a server and the shells would do is done here in the plainest way, and whatever they may do to a message (late, twice,
to either of two planners, on views that lag) is for the test to choose.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from msgspec import structs

from agents.booker.domain import (
    Amendments,
    Planned,
    SaleRules,
    Stated,
    Waiting,
    amend,
    apply_changes,
    decide_group,
    fall_silent,
    lapse,
    lapses_at,
    looks,
    mark_overdue,
    overdue_at,
    parties_needed,
    regaining_parties,
    silent_at,
    tight_connections,
)
from agents.booker.domain.apart import contradiction, trip_of
from agents.booker.domain.decision import Decision
from agents.booker.domain.echoing import agrees, echo_id, echoed, is_booked
from agents.booker.domain.offering import Reply, due_at, ended_offers, is_void, lapsed_id, refusal_of
from agents.planner.domain import Case, Network, Reservations, SeatScan, TripRules, availability_of, plan
from agents.planner.domain.affected import (
    Cause,
    affected_journeys,
    affected_parties,
    unanswered_by,
    waiting_for_flight,
)
from bus.airports import countries, zones
from contracts.flights import Change, Flight, FlightChanged
from contracts.ledger import (
    Booking,
    BookingChanged,
    BookingFact,
    JourneyAffected,
    JourneyKey,
    SeatLedger,
    SeatsDisrupted,
    SeatsFreed,
    SeatsReassigned,
    WaitlistEntry,
)
from contracts.names import FlightKey, Id, Pnr
from contracts.notices import NoticeSent
from contracts.offers import Answer, AnswerRefusal, AnswerRefused, Offer, OfferAnswered, TripOffered
from contracts.plans import PlanProposed, PlanRefused
from contracts.reservations import BookingAmended, BookingContradicted, BookingWithdrawn, ReservationStatus
from contracts.rules import Consent, Rules, RulesAdopted, RulesInForce
from irops.audit import ReservationFact, Streams
from tests.journeys.small_world import HORIZON, World

Fact = (
    BookingFact
    | TripOffered
    | AnswerRefused
    | SeatsDisrupted
    | SeatsFreed
    | SeatsReassigned
    | PlanRefused
    | JourneyAffected
    | ReservationFact
)
Came = tuple[datetime, ReservationStatus]
"""A status, and when it came."""
RULES = TripRules()
SALE_RULES = SaleRules(countries=countries(), zones=zones())


@dataclass(frozen=True)
class Heard:
    """A fact for a planner, as it stands in the ledger's stream."""

    sequence: int
    settled: int
    message: Cause

    @property
    def id(self) -> str:
        return f"cause-{self.sequence}"


@dataclass(frozen=True)
class Moment:
    """What a planner's views show of the ledger after one commit."""

    sequence: int
    seats: dict[FlightKey, tuple[SeatLedger, int]]
    waiting: dict[JourneyKey, WaitlistEntry]
    plans_heard: int


@dataclass
class Planner:
    """One replica: its share of the facts, how far its views are, and what it remembers."""

    inbox: list[Heard] = field(default_factory=list)
    seen: int = 0
    """The moment its views have reached."""
    reservations: Reservations = field(default_factory=Reservations)


class TwoDomains:
    """A world's ledger, its booker, and two planners."""

    def __init__(self, world: World, *, now: datetime, consent: tuple[Consent, ...] = ()) -> None:
        """`consent`: whose yes a trip needs."""
        self.now = now
        version = int(bool(consent))
        self.rules = structs.replace(SALE_RULES, consent=consent, version=version)
        self.trip_rules = structs.replace(RULES, version=version)
        self.adopted = [(0, RulesAdopted(version=1, rules=Rules(consent=consent), since=now))] if consent else []
        self.flights: dict[FlightKey, Flight] = dict(world.flights)
        seeded = {s.seat_ledger.flight: s.seat_ledger for s in world.seeded()}
        self.sequence = 1
        self.seats = {flight: (ledger, 1) for flight, ledger in seeded.items()}
        self.bookings = {pnr: (booking, 1) for pnr, booking in world.bookings.items()}
        self.waiting: dict[JourneyKey, WaitlistEntry] = {}
        self.offers: dict[JourneyKey, Offer] = {}
        self.offered: list[tuple[int, TripOffered]] = []
        self.withdrawn: list[tuple[int, PlanRefused]] = []
        self.answers: list[OfferAnswered] = []
        self.answers_refused: list[tuple[int, AnswerRefused]] = []
        self.answers_decided: set[Id] = set()
        self.plans_heard = 0
        self.facts: list[tuple[int, BookingFact]] = []
        self.disrupted: list[tuple[int, SeatsDisrupted]] = []
        self.causes: list[Heard] = []
        self.moments = [Moment(1, dict(self.seats), {}, 0)]
        self.changes: list[FlightChanged] = []
        """From the monitor, and not heard yet."""
        self.reserved: list[Came] = []
        """From the reservation system, each with the time at which it came, and not decided yet."""
        self.reservations: list[tuple[int, ReservationStatus]] = []
        """All of them, with their place in the feed."""
        self.amended: list[tuple[int, ReservationFact]] = []
        self.plans: list[PlanProposed] = []
        """In order of their sequence, which begins at 1."""
        self.unheard: list[int] = []
        """Sequences of plans for the booker."""
        self.planners = (Planner(), Planner())
        self.refused: set[Id] = set()
        self.refused_at: dict[JourneyKey, int] = {}
        self.term = 0
        self.looked: set[Id] = set()
        """Facts that time alone has brought about."""

    # The monitor.

    def change(self, flight: FlightKey, change: Change, **fields: object) -> None:
        state = self.flights[flight]
        state = self.flights[flight] = structs.replace(state, last_change=state.last_change + 1, **fields)
        self.changes.append(FlightChanged(flight=flight, n=state.last_change, change=change, state=state))

    # The reservation system.

    def reserve(self, status: ReservationStatus) -> None:
        self.reserved.append((self.now, status))
        self.reservations.append((len(self.reservations) + 1, status))

    # The booker.

    def hear_reservations(self, which: Sequence[int], *, patient: bool = True) -> list[BookingContradicted]:
        """Those of the reservations as one group; get what contradicts them. One that comes too soon may be heard again."""
        group = [self.reserved[at] for at in which]
        self.reserved = [each for at, each in enumerate(self.reserved) if at not in which]
        shares: list[list[Came]] = []
        for came in group:  # one that names an offer is decided by itself
            if shares and not came[1].offer and not shares[-1][-1][1].offer:
                shares[-1].append(came)
            else:
                shares.append([came])
        return list(chain.from_iterable(self._hear_share(share, patient=patient) for share in shares))

    def _hear_share(self, share: Sequence[Came], *, patient: bool) -> list[BookingContradicted]:
        stated = [
            Stated(status, (came_at, status), came_at if patient else came_at - timedelta(days=1))
            for came_at, status in share
        ]
        decision: Decision[None] = Decision()
        taken = self._taken(stated[0]) if stated[0].status.offer else None
        if taken is not None:
            decision, result = taken
        else:
            result = self._amend(stated, decision)
        self.reserved += [token for token, _ in result.ahead]
        facts = [fact for _, fact in result.facts]
        if facts:
            before = self._bookings() | decision.bookings
            ended = dict.fromkeys(ended_offers(before, result.bookings))
            more: list[Fact] = [*(fact for _, fact in result.freed), *(fact for _, fact in result.replanned)]
            self._keep_offers(decision.offers | ended)
            self._commit(
                [*_facts_of(decision), *facts, *more],
                decision.seats | result.seats,
                decision.bookings | result.bookings,
                decision.waiting | result.waiting,
            )
        return [fact for fact in facts if isinstance(fact, BookingContradicted)]

    def _taken(self, stated: Stated[Came]) -> tuple[Decision[None], Amendments[Came]] | None:
        """What takes the trip of an open offer that this version has, and what the version does then; None: it takes none."""
        status = stated.status
        booking = self._bookings().get(status.pnr)
        if booking is None:
            return None
        reply = echoed(status, booking, self.offers, self._ledgers(), rules=self.rules, now=self.now)
        if reply is None:
            return None
        id_ = echo_id(booking.pnr, reply.offer.journey, reply.offer.id)
        decision = self._considered([Planned(structs.replace(reply.offer.plan, id=id_), None, reply=reply)])
        if not is_booked(reply.offer, decision):
            return None
        result = self._amend([stated], decision)
        return (decision, result) if agrees(reply.offer, result) else None

    def _amend(self, stated: Sequence[Stated[Came]], decision: Decision[None]) -> Amendments[Came]:
        """Decide these on what the decision leaves."""
        waiting = {**self.waiting, **decision.waiting}
        offers = {**self.offers, **decision.offers}
        return amend(
            stated,
            bookings=self._bookings() | decision.bookings,
            flights=self._ledgers() | decision.seats,
            waiting={key: entry for key, entry in waiting.items() if entry is not None},
            now=self.now,
            rules=self.rules,
            offers={key: offer for key, offer in offers.items() if offer is not None},
        )

    def _bookings(self) -> dict[Pnr, Booking]:
        return {pnr: booking for pnr, (booking, _) in self.bookings.items()}

    def _ledgers(self) -> dict[FlightKey, SeatLedger]:
        return {flight: ledger for flight, (ledger, _) in self.seats.items()}

    def hear_changes(self, count: int) -> None:
        group, self.changes = self.changes[:count], self.changes[count:]
        ledgers = {flight: ledger for flight, (ledger, _) in self.seats.items()}
        needed = {pnr for changed in group for pnr in parties_needed(ledgers[changed.flight], changed)}
        needed |= tight_connections(group, ledgers, rules=self.rules)
        needed |= regaining_parties(group, ledgers, rules=self.rules)
        bookings = {pnr: self.bookings[pnr][0] for pnr in needed}
        applied = apply_changes(
            [(changed, None) for changed in group], ledgers=ledgers, bookings=bookings, rules=self.rules
        )
        if applied.seats:
            self._commit([fact for _, fact in applied.facts], applied.seats, {}, {})

    def hear_plans(self, sequences: Sequence[int]) -> None:
        """These as one group. They may have been heard before."""
        plans = [self.plans[sequence - 1] for sequence in sequences]
        self.plans_heard = max(self.plans_heard, *sequences)
        self.unheard = [sequence for sequence in self.unheard if sequence not in sequences]
        self._decide([Planned(each, None) for each in plans])

    def answer(self, number: int) -> None:
        """One of the open offers is answered, by whom it is for, in one way or another."""
        if not self.offers:
            return
        offer = sorted(self.offers.values(), key=lambda each: (each.pnr, each.journey))[number % len(self.offers)]
        options = ("", *(each.id for each in offer.plan.options))
        if number % 3 == 0:
            self.reply(offer, "leave")
        else:
            self.reply(offer, "take", options[number % len(options)])

    def reply(self, offer: Offer, answer: Answer, option: Id = "") -> None:
        """This is answered to an offer that is open, by whom it is for."""
        given = OfferAnswered(
            pnr=offer.pnr,
            journey=offer.journey,
            id=f"answer-{len(self.answers) + 1}",
            offer=offer.id,
            answer=answer,
            option=option,
            by=offer.answerer,
            made_at=self.now,
        )
        self.hear_answer(given)

    def hear_answer(self, given: OfferAnswered) -> None:
        """It may have been heard before."""
        self.answers.append(given)
        if given.id in self.answers_decided:
            return
        offer = self.offers.get((given.pnr, given.journey))
        why = refusal_of(given, offer, self._ledgers(), rules=self.rules, now=self.now)
        if offer is not None and why is None:
            reply = Reply(offer, given.answer, given.by, given.option)
            self._decide([Planned(structs.replace(offer.plan, id=given.id), None, reply=reply)])
            self.answers_decided.add(given.id)
        elif why is not None:
            self._refuse(given, *why)

    def _refuse(self, given: OfferAnswered, refusal: AnswerRefusal, detail: str) -> None:
        """With what has become of it: the reservation system may have booked it, or have answered by a version before."""
        refused = AnswerRefused(
            pnr=given.pnr,
            journey=given.journey,
            id=given.id,
            offer=given.offer,
            refusal=refusal,
            detail=detail,
            decided_at=self.now,
            rules=self.rules.version,
        )
        facts: list[Fact] = [refused]
        if given.by == "system":
            made = next((fact for _, fact in self.offered if fact.id == given.offer), None)
            trips = dict(zip(made.options, map(trip_of, made.trips), strict=True)) if made else {}
            echo = echo_id(given.pnr, given.journey, given.offer)
            taken = next((f for _, f in self.facts if f.id == echo and isinstance(f, BookingChanged)), None)
            chosen = trips.get(given.option or next(iter(trips), ""))
            if given.answer == "take" and taken is not None and chosen == trip_of(taken.after):
                return
            booking = self._bookings().get(given.pnr)
            apart = contradiction(refused, given.answer, given.option, trips, booking)
            facts += [apart] if apart else []
        self.answers_decided.add(given.id)
        self._commit(facts, {}, {}, {})

    def _end_offers(self) -> None:
        """As the timer does: those that do not hold any more, and those whose time is over."""
        flights = {flight: ledger for flight, (ledger, _) in self.seats.items()}
        due = [each for each in self.offers.values() if due_at(each, flights, rules=self.rules) <= self.now]
        replies = [
            Reply(each, "void" if is_void(each, flights, rules=self.rules) else each.default, None) for each in due
        ]
        if replies:
            self._decide(
                [
                    Planned(structs.replace(each.offer.plan, id=lapsed_id(each.offer)), None, reply=each)
                    for each in replies
                ]
            )

    def _decide(self, planned: Sequence[Planned[None]]) -> None:
        decision = self._considered(planned)
        self._keep_offers(decision.offers)
        self._commit(_facts_of(decision), decision.seats, decision.bookings, decision.waiting)

    def _considered(self, planned: Sequence[Planned[None]]) -> Decision[None]:
        return decide_group(
            planned,
            bookings=self.bookings,
            flights=self._ledgers(),
            now=self.now,
            rules=self.rules,
            waiting=self.waiting,
            answered=self.refused | {offered.id for _, offered in self.offered},
            refused_at=self.refused_at,
            refusals_since=self.term,
        )

    def _keep_offers(self, offers: Mapping[JourneyKey, Offer | None]) -> None:
        for key, offer in offers.items():
            if offer is None:
                del self.offers[key]
            else:
                self.offers[key] = offer

    def look_again(self) -> None:
        """As the timer does: holders of a silent flight are named, and a party that waits is planned when time asks for it."""
        silent = [
            fall_silent(ledger, rules=self.rules)
            for ledger, _ in self.seats.values()
            if (at := silent_at(ledger, presumed=SALE_RULES.presumed)) is not None and at <= self.now
        ]
        if silent:
            self._commit([fact for _, fact in silent], {after.flight: after for after, _ in silent}, {}, {})
        self._end_offers()
        flights = {flight: ledger for flight, (ledger, _) in self.seats.items()}
        due = [
            look.fact
            for entry in self.waiting.values()
            for look in looks(entry, flights, rules=self.rules)
            if look.at <= self.now and look.fact.id not in self.looked
        ]
        if due:
            self.looked |= {fact.id for fact in due}
            self._commit(due, {}, {}, {})
        waiting = [
            Waiting(self.bookings[entry.pnr][0], entry)
            for entry in self.waiting.values()
            if not entry.is_offered
            and (at := lapses_at(entry, flights, rules=self.rules)) is not None
            and at <= self.now
        ]
        if waiting:
            result = lapse(waiting, flights=flights, now=self.now, rules=self.rules)
            facts: list[Fact] = [*(fact for _, fact in result.facts), *(fact for _, fact in result.freed)]
            self._commit(facts, result.seats, result.bookings, dict(result.waiting))
        overdue = [
            Waiting(self.bookings[entry.pnr][0], entry)
            for entry in self.waiting.values()
            if not entry.is_offered and (at := overdue_at(entry, rules=self.rules)) is not None and at <= self.now
        ]
        if overdue:
            marked = mark_overdue(overdue, flights=flights, now=self.now, rules=self.rules)
            self._commit([fact for _, fact in marked.facts], {}, marked.bookings, dict(marked.waiting))

    def take_over(self) -> None:
        """Another booker is active: what the one before only remembered is lost."""
        self.refused_at = {}
        self._commit([], {}, {}, {})
        self.term = self.sequence

    def _commit(
        self,
        facts: Iterable[Fact],
        seats: dict[FlightKey, SeatLedger],
        bookings: dict[Pnr, Booking],
        waiting: dict[JourneyKey, WaitlistEntry | None],
    ) -> None:
        first, facts = self.sequence + 1, list(facts)
        self.sequence += len(facts) + len(seats) + len(bookings) + len(waiting) + 1  # the lease is in every commit
        for sequence, fact in enumerate(facts, start=first):
            self._store(sequence, fact)
        self.seats |= {flight: (ledger, self.sequence) for flight, ledger in seats.items()}
        self.bookings |= {pnr: (booking, self.sequence) for pnr, booking in bookings.items()}
        for journey, entry in waiting.items():
            if entry is None:
                del self.waiting[journey]
            else:
                self.waiting[journey] = entry
        self.moments.append(Moment(self.sequence, dict(self.seats), dict(self.waiting), self.plans_heard))

    def _store(self, sequence: int, fact: Fact) -> None:
        if isinstance(fact, BookingFact):
            self.facts.append((sequence, fact))
        if isinstance(fact, TripOffered):
            self.offered.append((sequence, fact))
        if isinstance(fact, AnswerRefused):
            self.answers_refused.append((sequence, fact))
        if isinstance(fact, PlanRefused) and fact.id in {offered.id for _, offered in self.offered}:
            self.withdrawn.append((sequence, fact))
        if isinstance(fact, BookingAmended | BookingWithdrawn | BookingContradicted):
            self.amended.append((sequence, fact))
        if isinstance(fact, SeatsDisrupted):
            self.disrupted.append((sequence, fact))
        if isinstance(fact, PlanRefused):
            self.refused.add(fact.id)
            self.refused_at[fact.pnr, fact.journey] = sequence
        if isinstance(fact, Cause):
            heard = Heard(sequence, self.sequence, fact)
            self.causes.append(heard)
            self.planners[sequence % 2].inbox.append(heard)

    # The planners.

    def plan(self, planner: Planner, count: int, *, lag: int = 0) -> None:
        """So many facts as one window, on views up to `lag` commits behind the ledger: never behind what has been heard."""
        group, planner.inbox = planner.inbox[:count], planner.inbox[count:]
        least = max(heard.settled for heard in group)
        newest = len(self.moments) - 1
        needed = next(i for i, moment in enumerate(self.moments) if moment.sequence >= least)
        planner.seen = max(planner.seen, needed, newest - lag)
        seen = self.moments[planner.seen]
        planner.reservations.settle(seen.plans_heard)
        network = Network(
            availability_of(ledger, revision=revision, written_at=self.now) for ledger, revision in seen.seats.values()
        )
        reservations = planner.reservations
        scan = SeatScan(network, now=self.now, rules=self.trip_rules, reserved=reservations.seats)
        affected = affected_parties(
            ((heard.message, heard) for heard in group),
            waiting_for=lambda f: waiting_for_flight(
                network[f or ""], seen.waiting.values(), network=network, rules=self.trip_rules
            ),
            scan=scan,
        )
        journeys = {
            (pnr, number): causes
            for pnr, affecting in affected.items()
            for number, causes in affected_journeys(self.bookings[pnr][0], affecting).items()
        }
        planner.inbox += dict.fromkeys(
            again
            for key, causes in journeys.items()
            if key in reservations
            for again in unanswered_by(reservations.reason(key), causes)
        )
        known = {each.id for each in self.plans}
        due = {
            key: (*self.bookings[key[0]], causes)
            for key, causes in journeys.items()
            if key not in reservations and not (key in seen.waiting and seen.waiting[key].declined)
        }
        news = False
        while due and not news:
            proposed = plan(
                [
                    Case(
                        booking=booking,
                        journey=journey,
                        booking_revision=revision,
                        booking_written_at=self.now,
                        cause_id=heard.id,
                        cause_sequence=heard.sequence,
                        kind=kind,
                        regains=regains,
                        waits_at=seen.waiting[key].origin if key in seen.waiting else None,
                        flown=seen.waiting[key].flown if key in seen.waiting else (),
                    )
                    for key, (booking, revision, causes) in due.items()
                    for journey in booking.journeys
                    if journey.number == key[1]
                    for heard, _, kind, regains in causes
                ],
                network,
                now=self.now,
                as_of=seen.sequence,
                rules=self.trip_rules,
                reserved=reservations.seats,
            )
            for each in (p for p in proposed if p.id not in known):
                self.plans.append(each)
                self.unheard.append(len(self.plans))
                reservations.reserve(each, self.bookings[each.pnr][0]).confirm(len(self.plans))
            news = known.isdisjoint(each.id for each in proposed)
            due = {key: held for key, held in due.items() if key not in {(each.pnr, each.journey) for each in proposed}}

    # All of them.

    @property
    def open(self) -> bool:
        """Whether anyone has anything to hear."""
        return bool(self.changes or self.unheard or self.reserved or any(planner.inbox for planner in self.planners))

    def settle(self, *, rounds: int = 200) -> None:
        """Everything there is to hear is heard, in order and on the newest views. Fails if that never ends."""
        for _ in range(rounds):
            self.look_again()
            if not self.open:
                return
            self.hear_changes(len(self.changes))
            for patient in (True, False):
                self.hear_reservations(range(len(self.reserved)), patient=patient)
            for planner in self.planners:
                if planner.inbox:
                    self.plan(planner, 24)
            if self.unheard:
                self.hear_plans(self.unheard[:160])
        raise AssertionError(f"still going on after {rounds} rounds: {self.causes[-4:]}")

    def streams(self) -> Streams:
        """As the audit reads them; every notice is sent at once."""
        return Streams(
            flights=self.flights,
            seats={flight: ledger for flight, (ledger, _) in self.seats.items()},
            bookings={pnr: booking for pnr, (booking, _) in self.bookings.items()},
            waiting=self.waiting,
            facts=self.facts,
            amended=self.amended,
            adopted=self.adopted,
            in_force=[
                RulesInForce(version=each.version, rules=each.rules, since=each.since) for _, each in self.adopted
            ],
            offers=self.offers,
            offered=self.offered,
            withdrawn=self.withdrawn,
            replies=self.answers,
            replies_refused=self.answers_refused,
            reservations=self.reservations,
            disrupted=self.disrupted,
            sent=[
                NoticeSent(pnr=fact.pnr, id=fact.id, channel="maildir", sent_at=self.now)
                for _, fact in (*self.facts, *self.offered)
            ],
            now=self.now,
            horizon=HORIZON + timedelta(days=3),
        )


def _facts_of(decision: Decision[None]) -> list[Fact]:
    return [fact for _, fact in (*decision.facts, *decision.affected, *decision.freed)]
