"""Booker and planner together, under any order of changes, crashes and late messages: how every run ends."""

from datetime import timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agents.planner.domain import Reservations
from contracts.ledger import Holding
from contracts.names import Cabin, FlightKey, origin_of
from contracts.rules import Consent
from irops.audit import audit
from tests.journeys.last_words import answers, confirms
from tests.journeys.reserving import ReservationSystem
from tests.journeys.small_world import T0, World, hours
from tests.journeys.two_domains import TwoDomains

pytestmark = pytest.mark.slow


def busy() -> World:
    """Non-stops from two airports of a city, a way round by ORD, one on from a diversion, and few seats to spare."""
    world = World()
    one, two = world.flight(1, leaves=8, economy=5), world.flight(2, leaves=10, economy=4, first=1)
    three = world.flight(3, "LGA", leaves=11, economy=3)
    first = world.flight(4, "JFK", "ORD", leaves=2, takes=2, economy=4)
    second = world.flight(5, "ORD", "SFO", leaves=7, takes=4, economy=4)
    world.flight(6, "ORD", "SFO", leaves=9, takes=4, economy=3)
    world.flight(7, "DEN", "SFO", leaves=15, takes=3, economy=3)
    world.flight(8, leaves=17, economy=2)
    world.party("A", one, tier="gold")
    world.party("B", one, seats=2)
    world.party("C", one, ssrs=("UMNR",))
    world.party("D", one)
    world.party("E", two, seats=2)
    world.party("F", two, fare=900)
    world.party("G", three)
    world.party("H", three, seats=2, tier="silver")
    world.party("I", first, second, seats=2)
    world.party("J", first, second, fare=50)
    return world


def crowded() -> World:
    """Non-stops only, and each seat taken is one that another party lacks."""
    world = World()
    one, two = world.flight(1, leaves=8, economy=3), world.flight(2, leaves=10, economy=3)
    three, four = world.flight(3, leaves=12, economy=2), world.flight(4, leaves=14, economy=3)
    world.party("A", one, tier="gold")
    world.party("B", one, seats=2)
    world.party("C", two)
    world.party("D", two, fare=90)
    world.party("E", three, ssrs=("UMNR",))
    world.party("F", four, seats=2)
    return world


def both_ways() -> World:
    """Round trips, some with a stay of an hour, and few seats to spare on either way."""
    world = World()
    one, two = world.flight(1, leaves=6, economy=5), world.flight(2, leaves=9, economy=4)
    late = world.flight(3, "LGA", leaves=20, economy=4)
    back, next_back = (world.flight(n, "SFO", "JFK", leaves=leaves, economy=4) for n, leaves in ((4, 20), (5, 23)))
    last = world.flight(6, "SFO", "JFK", leaves=30, economy=5)
    soon, next_soon = (world.flight(n, "SFO", "JFK", leaves=leaves, economy=4) for n, leaves in ((7, 13), (8, 16)))
    world.several("A", (one,), (back,))
    world.several("B", (one,), (back,), seats=2)
    world.several("C", (two,), (back,))
    world.several("D", (two,), (next_back,), seats=2)
    world.several("E", (late,), (last,))
    world.party("F", late, ssrs=("UMNR",))
    world.party("G", next_back, seats=2, tier="gold")
    world.several("H", (one,), (soon,))
    world.several("I", (two,), (next_soon,))
    return world


EVENTS = {
    "cancelled": 4,
    "restored": 6,
    "re-equipped": 5,
    "later": 3,
    "earlier": 1,
    "much later": 1,
    "a little worse": 5,
    "departed": 5,
    "diverted": 5,
}
"""What may happen to a flight, and how often."""
RESERVED = {"corrected": 2, "smaller": 1, "larger": 2, "elsewhere": 2, "withdrawn": 1, "split": 4, "again": 1}
"""What the reservation system may do to a booking, and how often."""
WORK = {
    "reservations": 3,
    "changes": 4,
    "planner": 8,
    "plans": 6,
    "plans again": 1,
    "fact again": 1,
    "planner restarted": 1,
    "booker taken over": 1,
    "time passes": 1,
    "all is heard": 1,
}
"""What is done about it, and what befalls those who do it."""


def one_of(often: dict[str, int]) -> st.SearchStrategy[str]:
    return st.sampled_from([what for what, times in often.items() for _ in range(times)])


events = st.lists(st.tuples(st.integers(0, 99), one_of(EVENTS), st.integers(0, 6)), max_size=3)
"""Each with a number for the flight, and one for its seats."""
reserved = st.lists(st.tuples(one_of(RESERVED), st.integers(0, 99)), max_size=1)
"""Each with a number for the booking."""
work = st.lists(st.tuples(one_of(WORK), st.integers(0, 99), st.sampled_from([0, 0, 0, 1, 2, 5])), max_size=9)
"""Each with a number to choose by, and how many commits a planner's views are behind."""
BY = {"later": hours(1.5), "earlier": -hours(1), "much later": hours(8)}
BY_LITTLE = {"SFO": -timedelta(minutes=14)}
"""How far the best known times of a flight from there may be from the announced ones, for the worse: a return leaves early."""
LATE = timedelta(minutes=29)
"""The same from elsewhere: a way out is late."""


class Together(RuleBasedStateMachine):
    world = staticmethod(busy)
    consent: tuple[Consent, ...] = ()
    has_short_stays = False

    def __init__(self) -> None:
        super().__init__()
        world = self.world()
        self.system = TwoDomains(world, now=T0, consent=self.consent)
        self.reservations = ReservationSystem(world.bookings)

    @rule(events=events, reserved=reserved, work=work)
    def goes_on(
        self, events: list[tuple[int, str, int]], reserved: list[tuple[str, int]], work: list[tuple[str, int, int]]
    ) -> None:
        flights = list(self.system.flights)
        for which, what, seats in events:
            self._happens(flights[which % len(flights)], what, seats)
        for what, number in reserved:
            self._is_reserved(what, number)
        for what, number, lag in work:
            self._works(what, number, lag)

    def _happens(self, flight: FlightKey, what: str, seats: int) -> None:
        """The monitor says so, as far as it makes sense."""
        phase = self.system.flights[flight].phase
        match what:
            case "cancelled" if phase == "scheduled":
                self.system.change(flight, "cancelled", phase="cancelled")
            case "restored" if phase == "cancelled":
                self.system.change(flight, "restored", phase="scheduled")
            case "re-equipped" if phase in ("scheduled", "cancelled"):
                self._is_re_equipped(flight, {"first": seats % 2, "economy": seats})
            case "departed" if phase == "scheduled":
                self._departs(flight)
            case "diverted" if phase == "departed":
                self.system.change(flight, "diverted", phase="diverted", diverted_to="DEN")
            case "later" | "earlier" | "much later" if phase == "scheduled":
                self._is_retimed(flight, BY[what])
            case "a little worse" if phase == "scheduled" and self.has_short_stays:
                self._is_estimated(flight, BY_LITTLE.get(origin_of(flight), LATE))
            case "later" | "earlier" if phase == "departed":
                self._comes_in(flight, BY[what])
            case _:
                pass

    def _is_reserved(self, what: str, number: int) -> None:
        """The reservation system says so, or repeats itself."""
        system, known = self.system, self.system.reservations
        if what == "again":
            status = known[number % len(known)][1] if known else None
        else:
            status = self.reservations.says(what, number, system.flights)
        if status is not None:
            system.reserve(status)

    def _comes_in(self, flight: FlightKey, by: timedelta) -> None:
        """A flight in the air gets another arrival time."""
        arrives = self.system.flights[flight].announced_arrival + by
        if arrives > self.system.now:
            self.system.change(flight, "retimed", arrives=arrives, announced_arrival=arrives)

    def _is_retimed(self, flight: FlightKey, by: timedelta) -> None:
        state = self.system.flights[flight]
        departs, arrives = state.announced_departure + by, state.announced_arrival + by
        if departs > self.system.now:
            self.system.change(
                flight,
                "retimed",
                departs=departs,
                arrives=arrives,
                announced_departure=departs,
                announced_arrival=arrives,
            )

    def _is_estimated(self, flight: FlightKey, by: timedelta) -> None:
        """Without being announced."""
        state = self.system.flights[flight]
        departs, arrives = state.announced_departure + by, state.announced_arrival + by
        if departs > self.system.now and departs != state.departs:
            self.system.change(flight, "estimated", departs=departs, arrives=arrives)

    def _is_re_equipped(self, flight: FlightKey, seats: dict[Cabin, int]) -> None:
        """With another aircraft than it has."""
        if self.system.flights[flight].seats != seats:
            self.system.change(flight, "re-equipped", seats=seats)

    def _departs(self, flight: FlightKey) -> None:
        """With those for whom there are seats."""
        state = self.system.flights[flight]
        if state.departs <= self.system.now + hours(2):
            self.system.now = max(self.system.now, state.departs)
            self.system.change(flight, "departed", phase="departed")

    def _works(self, what: str, number: int, lag: int) -> None:
        system = self.system
        planner = system.planners[number % 2]
        match what:
            case "changes":
                system.hear_changes(1 + number % 3)
            case "planner" if planner.inbox:
                system.plan(planner, 1 + number % 5, lag=lag)
            case "plans" if system.unheard:  # some may have to wait, as after a fault, and come after later ones
                skipped = number % 3 % len(system.unheard)
                system.hear_plans(system.unheard[skipped : skipped + 1 + number % 8])
            case "reservations" if system.reserved:  # some come after later ones
                first = number % 3 % len(system.reserved)
                last = min(first + 1 + number % 4, len(system.reserved))
                for fact in system.hear_reservations(range(first, last)):
                    self.reservations.hears(fact)
            case "plans again" if system.plans:
                system.hear_plans([1 + number % len(system.plans)])
            case "fact again" if system.causes:
                planner.inbox.append(system.causes[number % len(system.causes)])
            case "planner restarted":
                planner.reservations = Reservations()
            case "booker taken over":
                system.take_over()
            case "time passes":
                system.now += timedelta(minutes=number)
            case "all is heard":
                self.all_is_well_in_the_end()
            case _:
                pass

    # What always holds.

    @invariant()
    def holders_are_the_bookings_legs(self) -> None:
        """No party is on two trips, and no seat is lost."""
        legs = {
            (leg.flight, pnr): Holding(leg.cabin, booking.party.seats)
            for pnr, (booking, _) in self.system.bookings.items()
            for leg in booking.seated
        }
        seats = self.system.seats.items()
        assert {(f, pnr): held for f, (ledger, _) in seats for pnr, held in ledger.holders.items()} == legs

    @invariant()
    def seats_on_offer_are_those_of_open_offers(self) -> None:
        """And no cabin has more holders and offers than seats, but for an aircraft that got smaller."""
        kept = {
            (each.flight, pnr): Holding(each.cabin, booking.party.seats)
            for pnr, (booking, _) in self.system.bookings.items()
            for journey in booking.journeys
            for each in journey.offered
        }
        seats = self.system.seats.items()
        assert {(f, pnr): held for f, (ledger, _) in seats for pnr, held in ledger.on_offer.items()} == kept
        open_ = {
            (pnr, journey.number): journey.offer
            for pnr, (booking, _) in self.system.bookings.items()
            for journey in booking.journeys
            if journey.offer
        }
        assert open_ == {key: offer.id for key, offer in self.system.offers.items()}

    @invariant()
    def those_who_wait_are_the_stranded(self) -> None:
        stranded = {
            (pnr, journey.number)
            for pnr, (booking, _) in self.system.bookings.items()
            for journey in booking.journeys
            if journey.state == "stranded"
        }
        assert set(self.system.waiting) == stranded

    @invariant()
    def no_party_is_started_on_a_part_of_its_way(self) -> None:
        """A party that has flights has them to the end of its ticket. One that is on its way without them is stranded, with a
        mark for a person; of one that was split then, the fact about the whole party has it."""
        marked = {fact.pnr[:1] for _, fact in self.system.facts if "onward" in fact.marks}
        for pnr, (booking, _) in self.system.bookings.items():
            for journey in booking.journeys:
                if journey.legs:
                    assert journey.legs[-1].destination == journey.ticket.destination
                elif (entry := self.system.waiting.get((pnr, journey.number))) is not None and entry.flown:
                    assert pnr[:1] in marked

    def all_is_well_in_the_end(self) -> None:
        """When all is heard: no seat oversold, no party on a cancelled flight, unanswered, or stranded beside a
        seat."""
        self.system.settle()
        judged = audit(self.system.streams())
        assert judged.clean, judged.findings

    def teardown(self) -> None:
        self.all_is_well_in_the_end()


class TogetherInACrowd(Together):
    world = staticmethod(crowded)


class TogetherBothWays(Together):
    world = staticmethod(both_ways)
    has_short_stays = True


ASKING = (
    Consent(by="desk", ssrs=("UMNR",), default="leave"),
    Consent(by="party", within=timedelta(minutes=40), tiers=("gold", "silver")),
    Consent(by="party", after=("cancelled",), default="leave"),
    Consent(by="system"),
)
CONFIRMED = {"answer": 3, "offered": 6, "ahead": 1, "another": 1, "unchanged": 1}
"""What the reservation system may say of an offer, and how often: an answer, or a version with which trip."""
PARTIES = {"same": 4, "corrected": 1, "larger": 1, "smaller": 1}
"""What party such a version may have."""

words = st.lists(st.tuples(one_of(CONFIRMED), one_of(PARTIES), st.integers(0, 99), st.booleans()), max_size=4)
"""Each with a number to choose by, and whether it is heard at once."""


class TogetherAsking(Together):
    """Trips of some parties need a yes, which comes late or not at all. The reservation system has the last word."""

    consent = ASKING

    @rule(number=st.integers(0, 99))
    def an_offer_is_answered(self, number: int) -> None:
        self.system.answer(number)

    @rule(happens=events, words=words)
    def the_reservation_system_has_the_last_word(
        self, happens: list[tuple[int, str, int]], words: list[tuple[str, str, int, bool]]
    ) -> None:
        """On what is offered by then, or was: in time or not, and what it says is heard now, or with other versions later."""
        flights = list(self.system.flights)
        for which, what, seats in happens:
            self._happens(flights[which % len(flights)], what, seats)
        if happens:
            self.system.settle()
        for trip, party, number, is_heard in words:
            self._has_the_last_word(trip, party, number, is_heard=is_heard)

    def _has_the_last_word(self, trip: str, party: str, number: int, *, is_heard: bool) -> None:
        system = self.system
        if trip == "answer":
            if given := answers(system, number):
                system.hear_answer(given)
            return
        status = confirms(self.reservations, system, number, trip=trip, party=party)
        if status is None:
            return
        system.reserve(status)
        if is_heard:
            for fact in system.hear_reservations([len(system.reserved) - 1]):
                self.reservations.hears(fact)


class TogetherAskingInACrowd(TogetherAsking):
    world = staticmethod(crowded)


class TogetherAskingBothWays(TogetherAsking):
    world = staticmethod(both_ways)
    has_short_stays = True


TestTogether = Together.TestCase
TestTogetherInACrowd = TogetherInACrowd.TestCase
TestTogetherBothWays = TogetherBothWays.TestCase
TestTogetherAsking = TogetherAsking.TestCase
TestTogetherAskingInACrowd = TogetherAskingInACrowd.TestCase
TestTogetherAskingBothWays = TogetherAskingBothWays.TestCase
for _machine in (
    TestTogether,
    TestTogetherInACrowd,
    TestTogetherBothWays,
    TestTogetherAsking,
    TestTogetherAskingInACrowd,
    TestTogetherAskingBothWays,
):
    _machine.settings = settings(
        max_examples=40,
        stateful_step_count=25,
        deadline=None,
        phases=set(Phase)
        - {Phase.shrink, Phase.explain},  # making a counterexample small takes longer than a test may last
    )
del _machine  # or it would be collected as a test once more
