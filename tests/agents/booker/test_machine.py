"""The ledger under any order of changes, good and bad plans, redeliveries and imports: invariants."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import structs

from agents.booker.domain import (
    Amendments,
    Layouts,
    Planned,
    Stated,
    amend,
    apply_changes,
    decide_group,
    import_bookings,
)
from agents.booker.domain.flights import Changes
from contracts.flights import LEFT, FlightChanged
from contracts.layouts import Layout, LayoutName, Section
from contracts.ledger import (
    Booking,
    BookingStranded,
    Disruption,
    Holding,
    JourneyKey,
    SeatLedger,
    SeatsDisrupted,
    SeatsFreed,
    SeatsReassigned,
    WaitlistEntry,
)
from contracts.names import CABINS, Cabin, FlightKey, Pnr
from contracts.plans import PlanProposed, PlanRefused, Verdict
from contracts.reservations import ReservationStatus
from tests.agents.booker.booker_world import (
    NOW,
    booking,
    changed,
    flight,
    hours,
    keep,
    key,
    leg,
    move,
    none,
    option,
    retimed,
)

pytestmark = pytest.mark.slow

FLIGHTS = (key(1), key(2), key(3, "LGA"), key(4, "EWR"))
PNRS = tuple("ABCDEFGH")
FIRST = Section(cabin="first", first=1, last=1, letters="A")
SMALL = Layout(layout="small", sections=(FIRST, Section(cabin="economy", first=2, last=3, letters="AB C")))
LARGE = Layout(
    layout="large",
    sections=(FIRST, Section(cabin="economy", first=2, last=4, letters="AB CD")),
    exits=(3,),
    blocked=("4D",),
)
LAYOUTS: dict[LayoutName | None, Layout] = {"small": SMALL, "large": LARGE}
CHANGES = ("cancelled", "cancelled", "restored", "later", "earlier", "departed", "restored", "arrived")
flights = st.sampled_from(FLIGHTS)
pnrs = st.sampled_from(PNRS)
versions = st.sampled_from([-1, 0, 1, 1, 1, 2])
"""How far a status's version is ahead of the last one that was decided."""
one_in_five = st.sampled_from([False, False, False, False, True])
views = st.sampled_from([None, None, None, 0, 1, 2])
"""How many snapshots old the planner's view is; None: current."""
cabins: st.SearchStrategy[Cabin] = st.sampled_from(["economy", "economy", "first"])
Proposal = tuple[Pnr, Verdict, int | None, Disruption, list[tuple[FlightKey, Cabin]]]
verdicts: st.SearchStrategy[Verdict] = st.sampled_from(["move", "move", "move", "keep", "keep", "none"])
reasons: st.SearchStrategy[Disruption] = st.sampled_from(["cancelled", "retimed", "downgauged", "diverted"])
proposals = st.tuples(pnrs, verdicts, views, reasons, st.lists(st.tuples(flights, cabins), min_size=1, max_size=3))


@dataclass(frozen=True)
class Shared:
    """A planner's view, which may be old when its plan arrives."""

    ledgers: dict[FlightKey, SeatLedger]
    bookings: dict[Pnr, tuple[Booking, int]]


class Ledger(RuleBasedStateMachine):
    """Apply every decision as the shell does, and keep the result."""

    def __init__(self) -> None:
        super().__init__()
        self.ledgers = {
            f: flight(
                f,
                departs=NOW + hours(1 + i),
                arrives=NOW + hours(6 + i),
                capacity={"first": 1, "economy": 6},
                layout="small" if i else None,
            )
            for i, f in enumerate(FLIGHTS)
        }
        self.layouts = Layouts([SMALL, LARGE])
        self.bookings: dict[Pnr, Booking] = {}
        self.revisions: dict[Pnr, int] = {}
        self.waiting: dict[JourneyKey, WaitlistEntry] = {}
        self.refused: set[str] = set()
        self.plans: list[PlanProposed] = []
        self.facts: dict[FlightKey, list[int]] = {f: [] for f in FLIGHTS}
        self.views: list[Shared] = []
        for i, pnr in enumerate(PNRS[:-2]):  # two PNRs stay free for imports
            self.comes(pnr=pnr, seats=1 + i % 3, on=FLIGHTS[i % 2], cabin="economy")
        self.look()

    @rule()
    def look(self) -> None:
        """A planner's view is brought up to date; the old ones remain in use."""
        self.views.append(self._seen(None))

    @rule(pnr=pnrs, seats=st.integers(1, 3), on=flights, cabin=cabins)
    def comes(self, pnr: Pnr, seats: int, on: FlightKey, cabin: Cabin) -> None:
        """A booking is imported."""
        came = booking(pnr, [self.ledgers[on]], seats=seats, cabin=cabin)
        result = import_bookings(
            [came], existing=self.bookings, flights=self.ledgers, layouts=self.layouts, unnumbered=self.bookings
        )
        assert [*result.bookings, *result.present, *result.refused] == [pnr]
        assert all(ledger.free(cabin) >= 0 for ledger in result.seats.values())
        self._write(result.seats, result.bookings)

    @rule(pnr=pnrs, seats=st.integers(1, 3), on=flights, cabin=cabins, ahead=versions, withdrawn=one_in_five)
    def is_reserved(self, *, pnr: Pnr, seats: int, on: FlightKey, cabin: Cabin, ahead: int, withdrawn: bool) -> None:
        """The reservation system changes or withdraws a booking, at times late or twice."""
        known = self.bookings.get(pnr)
        version = max(1, (known.version if known else 0) + ahead)
        theirs = None if withdrawn else booking(pnr, [self.ledgers[on]], seats=seats, cabin=cabin)
        status = ReservationStatus(pnr=pnr, version=version, withdrawn=withdrawn, booking=theirs)
        result = self._amended(status)
        assert (len(result.facts), len(result.done)) == ((0, 1) if known and version <= known.version else (1, 0))
        for f, ledger in result.seats.items():
            for each in CABINS:
                assert ledger.free(each) >= min(0, self.ledgers[f].free(each)), f"{f} oversold in {each}"
        for _, freed in result.freed:
            self.facts[freed.flight].append(freed.n)
        self._wait(result.waiting)
        self._write(result.seats, result.bookings)
        if pnr in self.bookings:
            assert self._amended(status).done == [0], "a status heard again changed something"

    @rule(on=flights, what=st.sampled_from(CHANGES))
    def changes(self, on: FlightKey, what: str) -> None:
        """The flight's state changes, in any order."""
        ledger = self.ledgers[on]
        match what:
            case "later" | "earlier":
                self._hear(retimed(ledger, hours(1) if what == "later" else -hours(1)))
            case "restored":
                self._hear(changed(ledger, "restored", phase="scheduled"))
            case "cancelled":
                self._hear(changed(ledger, "cancelled", n=ledger.last_change + 2, phase="cancelled"))
            case "departed":
                self._hear(changed(ledger, "departed", phase="departed"))
            case _:
                self._hear(changed(ledger, "arrived", phase="arrived"))

    @rule(on=flights, economy=st.integers(0, 8), layout=st.sampled_from([None, "small", "large", "unknown"]))
    def gets_another_aircraft(self, on: FlightKey, economy: int, layout: LayoutName | None) -> None:
        """Larger or smaller, with seats by number or without."""
        seats = {"first": 1, "economy": economy}
        self._hear(changed(self.ledgers[on], "re-equipped", seats=seats, layout=layout))

    @rule(group=st.lists(proposals, min_size=1, max_size=8), again=st.lists(st.integers(0, 99), max_size=2))
    def decides(self, group: list[Proposal], again: list[int]) -> None:
        """Good, bad and redelivered plans are decided and committed."""
        old = [self.plans[i % len(self.plans)] for i in again if self.plans]
        plans = [self._plan(*proposal) for proposal in group] + old
        self._commit(plans)
        before = (dict(self.ledgers), dict(self.bookings))
        self._commit(plans)
        assert (self.ledgers, self.bookings) == before, "a group decided again changed something"

    @invariant()
    def holders_are_the_bookings_legs(self) -> None:
        """Ledger and bookings agree, so no seat is lost and none appears."""
        legs = {(x.flight, p): Holding(x.cabin, b.party.seats) for p, b in self.bookings.items() for x in b.seated}
        assert {(f, p): held for f, ledger in self.ledgers.items() for p, held in ledger.holders.items()} == legs

    @invariant()
    def each_seat_has_one_holder(self) -> None:
        """Each holder has as many seats by number as it holds, of its cabin in the flight's layout; or none."""
        for f, ledger in self.ledgers.items():
            if ledger.layout is None:
                assert not ledger.numbers
                continue
            cabin_of = LAYOUTS[ledger.layout].cabin_of()
            held = [number for numbers in ledger.numbers.values() for number in numbers]
            assert len(held) == len(set(held)), f"a seat of {f} is held twice"
            assert set(held).isdisjoint(LAYOUTS[ledger.layout].blocked)
            for pnr, numbers in ledger.numbers.items():
                assert len(numbers) == ledger.holders[pnr].seats
                assert {cabin_of[number] for number in numbers} == {ledger.holders[pnr].cabin}

    @invariant()
    def no_seat_is_left_beside_a_holder_without_one(self) -> None:
        """Where a party has no seats by number, there were not enough when the flight was last written."""
        for ledger in self.ledgers.values():
            if ledger.layout is None or ledger.phase in LEFT:
                continue
            layout = LAYOUTS[ledger.layout]
            held = {number for numbers in ledger.numbers.values() for number in numbers} | set(layout.blocked)
            for pnr in ledger.holders.keys() - ledger.numbers.keys():
                cabin = ledger.holders[pnr].cabin
                free = [n for n, each in layout.cabin_of().items() if each == cabin and n not in held]
                assert len(free) < ledger.holders[pnr].seats

    @invariant()
    def the_stranded_wait_and_no_one_else(self) -> None:
        """The waitlist has exactly the stranded parties."""
        journeys = {(p, j.number): (b, j) for p, b in self.bookings.items() for j in b.journeys}
        assert set(self.waiting) == {key for key, (_, j) in journeys.items() if j.state == "stranded"}
        assert all(bool(j.legs) != (j.state == "stranded") for _, j in journeys.values())
        assert all(entry.seats == journeys[key][0].party.seats for key, entry in self.waiting.items())

    @invariant()
    def facts_are_numbered_without_gaps(self) -> None:
        """A fact's subject is its own, and none is missing."""
        for f, ledger in self.ledgers.items():
            assert self.facts[f] == list(range(1, ledger.last_fact + 1))
            assert ledger.last_disruption <= ledger.last_fact

    def teardown(self) -> None:
        """Once a fresh plan finds no trip, no party remains on a cancelled flight."""
        for pnr, b in sorted(self.bookings.items()):
            if any(self.ledgers[x.flight].phase == "cancelled" for x in b.all_legs):
                self._commit([self._plan(pnr, "none", None, "cancelled", [])])
        assert not any(self.ledgers[x.flight].phase == "cancelled" for b in self.bookings.values() for x in b.all_legs)

    def _seen(self, ago: int | None) -> Shared:
        if ago is None:
            return Shared(dict(self.ledgers), {p: (b, self.revisions[p]) for p, b in self.bookings.items()})
        return self.views[-1 - ago % len(self.views)]

    def _plan(
        self, pnr: Pnr, verdict: Verdict, view: int | None, reason: Disruption, to: list[tuple[FlightKey, Cabin]]
    ) -> PlanProposed:
        """A plan made on an old view: its options may be full, stale or cancelled, its verdict right or wrong."""
        seen = self._seen(view)
        found, revision = seen.bookings.get(pnr, (None, 0))
        n = {f: ledger.last_disruption for f, ledger in seen.ledgers.items()}
        present = [leg(x.flight, n[x.flight], x.cabin) for x in (found.all_legs if found else ())]
        match verdict:
            case "move":
                plan = move(pnr, *(option(leg(f, n[f], cabin)) for f, cabin in to), reason=reason)
            case "keep":
                plan = keep(pnr, *present, reason=reason)
            case _:
                plan = none(pnr, *present, reason=reason)
        last_fact = found.journeys[0].last_fact if found and found.journeys else ""
        self.plans.append(
            structs.replace(plan, id=f"plan{len(self.plans)}", booking_revision=revision, follows=last_fact)
        )
        return self.plans[-1]

    def _hear(self, change: FlightChanged) -> None:
        if change.state.layout is None:  # one that a status leaves out stays
            kept = self.ledgers[change.flight].layout if change.change != "re-equipped" else None
            change = structs.replace(change, state=structs.replace(change.state, layout=kept))
        result = self._applied(change)
        self.ledgers.update(result.seats)
        assert not self._applied(change).seats
        for _, fact in result.facts:
            assert isinstance(fact, SeatsFreed | SeatsDisrupted | SeatsReassigned)
            self.facts[change.flight].append(fact.n)

    def _applied(self, change: FlightChanged) -> Changes[int]:
        return apply_changes([(change, 0)], ledgers=self.ledgers, bookings=self.bookings, layouts=self.layouts)

    def _commit(self, group: list[PlanProposed]) -> None:
        before = self.ledgers
        result = decide_group(
            [Planned(plan, i) for i, plan in enumerate(group)],
            bookings={p: (b, self.revisions[p]) for p, b in self.bookings.items()},
            flights=before,
            now=NOW,
            waiting=self.waiting,
            answered=self.refused,
            layouts=self.layouts,
            unnumbered=self.bookings,
        )
        assert sorted([i for i, _ in result.facts] + result.done) == list(range(len(group)))
        committed = {fact.pnr: fact for _, fact in result.facts if not isinstance(fact, PlanRefused)}
        assert set(committed) == set(result.bookings)
        assert not result.read & set(result.seats)
        for f, ledger in result.seats.items():
            for cabin in CABINS:
                assert ledger.free(cabin) >= min(0, before[f].free(cabin)), f"{f} oversold in {cabin}"
        for pnr, moved in result.bookings.items():
            for x in moved.journeys[0].legs:
                assert self.ledgers[x.flight].phase != "cancelled", f"{pnr} put on a dead flight"
                assert x.answered == self.ledgers[x.flight].last_disruption
                if x.flight not in {old.flight for old in self.bookings[pnr].journeys[0].legs}:
                    assert x.departs >= NOW + timedelta(minutes=30)
            assert isinstance(committed[pnr], BookingStranded) == (moved.journeys[0].state == "stranded")
        self.refused |= {fact.id for _, fact in result.facts if isinstance(fact, PlanRefused)}
        for _, freed in result.freed:
            self.facts[freed.flight].append(freed.n)
        self._wait(result.waiting)
        self._write(result.seats, result.bookings)

    def _amended(self, status: ReservationStatus) -> Amendments[int]:
        return amend(
            [Stated(status, 0, NOW)],
            bookings=self.bookings,
            flights=self.ledgers,
            waiting=self.waiting,
            now=NOW,
            layouts=self.layouts,
            unnumbered=self.bookings,
        )

    def _wait(self, waiting: dict[JourneyKey, WaitlistEntry | None]) -> None:
        for journey, waits in waiting.items():
            if waits is None:
                del self.waiting[journey]
            else:
                self.waiting[journey] = waits

    def _write(self, seats: dict[FlightKey, SeatLedger], bookings: dict[Pnr, Booking]) -> None:
        self.ledgers = {**self.ledgers, **seats}
        self.bookings |= bookings
        for pnr in bookings:
            self.revisions[pnr] = self.revisions.get(pnr, 0) + 1


TestLedger = Ledger.TestCase
TestLedger.settings = settings(
    max_examples=120, stateful_step_count=30, deadline=None, phases=set(Phase) - {Phase.shrink, Phase.explain}
)  # making a counterexample small takes longer than a test may last
