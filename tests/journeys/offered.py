"""What can become of an offer, as small worlds."""

from collections.abc import Callable

from msgspec import structs

from contracts.ledger import Tier
from contracts.passengers import Passenger, Ssr
from contracts.reservations import ReservationStatus, SplitFrom
from tests.journeys.situations import Answered, Echoed, Happening, Situation
from tests.journeys.small_world import T0, World, hours
from tests.reservation_system import whole

PARTY = 'by = "party"\n'
LEAVE = PARTY + 'default = "leave"\n'
SYSTEM = 'by = "system"\n'


def _cancelled(
    *then: Happening,
    consent: str = PARTY,
    tier: Tier = "none",
    ssrs: tuple[Ssr, ...] = (),
    people: tuple[Passenger, ...] = (),
) -> Situation:
    """The party's flight is cancelled; two others go to where it wants to be."""
    world = World()
    dead, _, _ = (world.flight(number, leaves=4 + 2 * number) for number in (1, 2, 3))
    world.party("ASKED", dead, seats=2, tier=tier, ssrs=ssrs, people=people)
    return Situation(world, (world.status(dead, cancelled=True), *then), consent=consent)


def _late(*then: Happening, consent: str = PARTY) -> Situation:
    """The party's flight is hours late, and can be flown; another leaves sooner than it does now."""
    world = World()
    late, _ = world.flight(1, leaves=5), world.flight(2, leaves=8)
    world.party("ASKED", late)
    return Situation(world, (world.status(late, late=8), *then), consent=consent)


def asked_and_not_answered_yet() -> Situation:
    return _cancelled(tier="gold", ssrs=("WCHR",))


def asked_beside_a_trip_that_stands() -> Situation:
    return _late()


def the_first_trip_taken() -> Situation:
    return _cancelled(Answered("ASKED"), Answered("ASKED", offer="another"))


def another_trip_taken() -> Situation:
    return _cancelled(Answered("ASKED", option=1))


def declined_without_a_trip() -> Situation:
    return _cancelled(Answered("ASKED", "leave"))


def declined_with_a_trip() -> Situation:
    return _late(Answered("ASKED", "leave"))


def not_answered_and_taken() -> Situation:
    return _cancelled(T0 + hours(2.1))


def not_answered_and_left() -> Situation:
    return _cancelled(T0 + hours(2.1), consent=LEAVE)


def not_answered_and_kept() -> Situation:
    return _late(T0 + hours(2.1), consent=LEAVE)


def answered_by_the_desk() -> Situation:
    return _cancelled(Answered("ASKED", by="desk"))


def answered_by_those_who_were_not_asked() -> Situation:
    return _cancelled(
        Answered("ASKED", by="party"),
        Answered("ASKED", "leave", by="system", offer="another"),
        Answered("ASKED", by="system"),
        Answered("ASKED", "leave", by="system", offer="the-first-one"),
        consent='by = "system"\ndelay = "1 h"\n[[consent]]\nby = "desk"\n',
    )


def answered_by_a_version_of_the_booking() -> Situation:
    """Which comes before the answer that says the same."""
    return _cancelled(Echoed("ASKED", 1), Answered("ASKED", option=1, by="system"), consent=SYSTEM)


def confirmed_too_late() -> Situation:
    """The party waits for a person meanwhile, and so does the contradiction."""
    consent = SYSTEM + 'default = "leave"\n'
    return _cancelled(T0 + hours(2.1), Answered("ASKED", by="system"), consent=consent)


def refused_too_late() -> Situation:
    """Silence has booked what the reservation system refuses then."""
    return _cancelled(T0 + hours(2.1), Answered("ASKED", "leave", by="system"), consent=SYSTEM)


def withdrawn_for_its_flight_was_cancelled() -> Situation:
    world = World()
    dead, then, _ = (world.flight(number, leaves=4 + 2 * number) for number in (1, 2, 3))
    world.party("ASKED", dead)
    gone = world.status(then, minute=2, cancelled=True)
    return Situation(world, (world.status(dead, minute=1, cancelled=True), gone), consent=PARTY)


def withdrawn_and_no_other_trip() -> Situation:
    world = World()
    dead, then = world.flight(1, leaves=4), world.flight(2, leaves=6)
    world.party("ASKED", dead)
    gone = world.status(then, minute=2, cancelled=True)
    return Situation(world, (world.status(dead, minute=1, cancelled=True), gone), consent=PARTY)


def too_late_to_ask() -> Situation:
    """Its flight, which arrives late, leaves in 25 minutes."""
    world = World()
    late, _ = world.flight(1, leaves=25 / 60), world.flight(2, leaves=1)
    world.party("ASKED", late)
    arrives = world.flights[late].arrives + hours(9)
    return Situation(world, (world.status(late, estimated_arrival=arrives),), consent=PARTY)


def asked_while_it_waits() -> Situation:
    """A larger aircraft has seats for it."""
    return _waiting(Answered("WAITS"))


def declined_while_it_waits() -> Situation:
    return _waiting(Answered("WAITS", "leave"))


def _waiting(*then: Happening) -> Situation:
    world = World()
    dead, full = world.flight(1, leaves=5), world.flight(2, leaves=8, economy=1)
    world.party("OTHER", full)
    world.party("WAITS", dead)
    larger = world.status(full, minute=2, seats={"economy": 2})
    reported = (world.status(dead, minute=1, cancelled=True), larger, *then)
    return Situation(world, reported, consent=PARTY)


def amended_while_it_is_asked() -> Situation:
    """The reservation system gives it another flight itself."""
    world = World()
    dead, _, theirs = (world.flight(number, leaves=4 + 2 * number) for number in (1, 2, 3))
    world.party("ASKED", dead)
    given = ReservationStatus(pnr="ASKED", version=1, booking=world.booking("ASKED", theirs))
    return Situation(world, (world.status(dead, cancelled=True), given), consent=PARTY)


def corrected_while_it_is_asked() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=5), world.flight(2, leaves=8)
    world.party("ASKED", dead)
    corrected = whole(world.bookings["ASKED"], 1, contact="new@example.org")
    return Situation(world, (world.status(dead, cancelled=True), corrected), consent=PARTY)


def split_while_it_is_asked() -> Situation:
    world = World()
    dead, _ = world.flight(1, leaves=5), world.flight(2, leaves=8)
    ana, bo = Passenger(id="1", kind="adult"), Passenger(id="2", kind="adult")
    world.party("ASKED", dead, seats=2, people=(ana, bo), fare=300)
    before = world.bookings["ASKED"]
    left = structs.replace(world.booking("ASKED", dead, fare=150), passengers=(ana,))
    new = structs.replace(world.booking("ALONE", dead, fare=150), passengers=(bo,))
    split = ReservationStatus(
        pnr="ALONE", version=1, booking=new, split_from=SplitFrom(pnr="ASKED", version=2, booking=left)
    )
    reported = (ReservationStatus(pnr="ASKED", version=1, booking=before), world.status(dead, cancelled=True), split)
    return Situation(world, reported, consent=PARTY)


def disrupted_again_while_it_is_asked() -> Situation:
    """What it has is cancelled after all, so it is asked once more."""
    world = World()
    late, _ = world.flight(1, leaves=5), world.flight(2, leaves=8)
    world.party("ASKED", late)
    reported = (world.status(late, minute=1, late=8), world.status(late, minute=2, cancelled=True))
    return Situation(world, reported, consent=PARTY)


def a_connection_that_may_be_changed() -> Situation:
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=5, takes=2)
    second = world.flight(2, "ORD", "SFO", leaves=9, takes=4)
    world.flight(3, "ORD", "SFO", leaves=11, takes=4)
    world.party("THROUGH", first, second)
    return Situation(world, (world.status(second, cancelled=True), Answered("THROUGH")), consent=PARTY)


OFFERED: tuple[Callable[[], Situation], ...] = (
    asked_and_not_answered_yet,
    asked_beside_a_trip_that_stands,
    the_first_trip_taken,
    another_trip_taken,
    declined_without_a_trip,
    declined_with_a_trip,
    not_answered_and_taken,
    not_answered_and_left,
    not_answered_and_kept,
    answered_by_the_desk,
    answered_by_those_who_were_not_asked,
    answered_by_a_version_of_the_booking,
    confirmed_too_late,
    refused_too_late,
    withdrawn_for_its_flight_was_cancelled,
    withdrawn_and_no_other_trip,
    too_late_to_ask,
    asked_while_it_waits,
    declined_while_it_waits,
    amended_while_it_is_asked,
    corrected_while_it_is_asked,
    split_while_it_is_asked,
    disrupted_again_while_it_is_asked,
    a_connection_that_may_be_changed,
)
