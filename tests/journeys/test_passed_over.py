"""The check of whole days finds parties that were passed over, and no others."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from contracts.judgement import Judgement, Wish, Wishes
from contracts.ledger import BookingChanged, Holding, Leg, Party, SeatLedger, Ticket
from contracts.names import flight_key
from contracts.plans import Option, PlannedLeg, PlanProposed
from tests.journeys.passed_over import SeatsOverTime, passed_over
from tests.single_journey import single

NOON = datetime(2013, 2, 8, 17, tzinfo=UTC)
WISHES = Wishes(arrive_by=NOON + timedelta(hours=6))


def seats(number: int, *, leaves: float, capacity: int = 2) -> SeatLedger:
    """A flight of three hours from JFK to MCO, so many hours after noon."""
    departs = NOON + timedelta(hours=leaves)
    key = flight_key("B6", str(number), "JFK", date(2013, 2, 8))
    return SeatLedger(
        flight=key,
        destination="MCO",
        phase="scheduled",
        departs=departs,
        arrives=departs + timedelta(hours=3),
        capacity={"economy": capacity},
        last_change=1,
    )


TICKETED = replace(seats(1, leaves=2), phase="cancelled")
SOON, LATE = seats(2, leaves=3), seats(3, leaves=5)
TAKEN = {"SOMEONE": Holding("economy", 2)}


def leg(flight: SeatLedger) -> Leg:
    return Leg(
        flight=flight.flight,
        destination="MCO",
        cabin="economy",
        departs=flight.departs,
        arrives=flight.arrives,
    )


BOOKING = single(
    "ANA",
    Party(passengers=2, seats=2, cabin="economy"),
    ticket=Ticket(
        origin="JFK",
        destination="MCO",
        departs=TICKETED.departs,
        arrives=TICKETED.arrives,
        flights=(TICKETED.flight,),
    ),
    legs=(leg(LATE),),
)


def option(flight: SeatLedger, *unmet: Wish) -> Option:
    planned = PlannedLeg(flight=flight.flight, cabin="economy", last_disruption=0)
    return Option(id=flight.flight, legs=(planned,), arrives=flight.arrives, cost=0, terms={}, unmet=unmet)


def judged(*options: Option, later: Sequence[SeatLedger] = ()) -> list[str]:
    """The findings about a party that got `LATE` out of these options. `later`: what happened to seats before time moved on."""
    over_time = SeatsOverTime()
    for revision, state in enumerate((TICKETED, SOON, LATE), 1):
        over_time.keep(state, revision, NOON - timedelta(hours=1))
    for revision, state in enumerate(later, 100):
        over_time.keep(state, revision, NOON)
    plan = PlanProposed(
        pnr="ANA",
        id="plan",
        verdict="move",
        reason="cancelled",
        booking_revision=1,
        as_of=50,
        options=options,
        planned_at=NOON,
        judgement=Judgement(wishes=WISHES),
    )
    fact = BookingChanged(
        pnr="ANA",
        id="plan",
        reason="cancelled",
        before=(leg(TICKETED),),
        after=(leg(LATE),),
        language="en",
        contact="",
        decided_at=NOON,
        wishes=WISHES,
        unmet=("arrive_by",),
    )
    return passed_over([plan], [fact], {"ANA": BOOKING}, over_time).faults


def test_a_party_that_got_less_than_was_free_is_passed_over() -> None:
    """The flight named was free, before and after."""
    (fault,) = judged(option(LATE, "arrive_by"))
    assert fault.endswith(f"though there was {SOON.flight}")


def test_seats_that_others_got_at_the_same_moment_were_not_free() -> None:
    """Nor was a flight that was cancelled at that moment."""
    assert judged(option(LATE, "arrive_by"), later=[replace(SOON, holders=TAKEN)]) == []
    assert judged(option(LATE, "arrive_by"), later=[replace(SOON, phase="cancelled")]) == []


def test_a_first_option_that_lacks_more_than_another_is_found() -> None:
    """Even if it was not committed."""
    faults = judged(option(LATE, "arrive_by"), option(SOON), later=[replace(SOON, holders=TAKEN)])
    assert [fault.partition(": ")[2] for fault in faults] == ["the first option lacks more than another"]


def test_an_option_that_wrongly_claims_to_meet_a_wish_is_found() -> None:
    """And one that wrongly claims not to."""
    faults = judged(option(LATE), option(SOON, "arrive_by"), later=[replace(SOON, holders=TAKEN)])
    assert len(faults) == 2
