"""Bookings of several journeys: each is planned by itself, and none begins before the one before it has ended."""

from pathlib import Path

import pytest

from contracts.ledger import Booking
from contracts.names import FlightKey
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import End, living


def trips(booking: Booking) -> list[list[FlightKey]]:
    """The flights of each journey."""
    return [[leg.flight for leg in journey.legs] for journey in booking.journeys]


def round_trip(world: World) -> tuple[FlightKey, FlightKey, FlightKey]:
    """Out, back two days later, and another flight back."""
    out = world.flight(1, leaves=3)
    back, later = (world.flight(n, "SFO", "JFK", leaves=48 + n) for n in (2, 5))
    return out, back, later


async def test_a_cancelled_return_leaves_the_outbound_as_it_is(tmp_path: Path) -> None:
    """One letter, about the return alone."""
    world = World()
    out, back, later = round_trip(world)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(back, cancelled=True))
        end = await system.end()
    booking = end.streams.bookings["RT"]
    assert trips(booking) == [[out], [later]]
    assert [journey.state for journey in booking.journeys] == ["ticketed", "rebooked"]
    assert [(fact.journey, fact.follows) for fact in end.facts("RT")] == [(2, "")]
    assert len(end.letters("RT")) == 1


async def test_a_cancelled_outbound_leaves_the_return_as_it_is(tmp_path: Path) -> None:
    """It is moved to a flight that arrives in time for it."""
    world = World()
    out, back, _ = round_trip(world)
    next_day = world.flight(9, leaves=27)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, cancelled=True))
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[next_day], [back]]


async def test_an_outbound_that_ends_after_the_return_begins_moves_the_return_too(tmp_path: Path) -> None:
    """There is no earlier way out, so the return is shifted to after the arrival."""
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=20)
    late_out, late_back = world.flight(3, leaves=22), world.flight(4, "SFO", "JFK", leaves=32)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, cancelled=True))
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[late_out], [late_back]]
    assert [(fact.journey, fact.reason) for fact in end.facts("RT")] == [(1, "cancelled"), (2, "unreachable")]


async def test_a_return_that_is_brought_forward_to_before_its_party_is_there_is_what_the_letter_names(
    tmp_path: Path,
) -> None:
    """The way out is as it was."""
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=14)
    late_back = world.flight(4, "SFO", "JFK", leaves=20)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(back, estimated_departure=T0 + hours(8)))
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[out], [late_back]]
    assert [(fact.journey, fact.reason) for fact in end.facts("RT")] == [(2, "retimed")]


async def test_a_return_is_given_back_once_the_way_out_is_as_sold_again(tmp_path: Path) -> None:
    """Its delay is withdrawn, and the seats on the return are still free."""
    world = World()
    out, back = world.flight(1, leaves=4, takes=2), world.flight(2, "SFO", "JFK", leaves=8, takes=2)
    next_day = world.flight(3, "SFO", "JFK", leaves=30, takes=2)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, minute=1, late=3))
        assert trips((await system.end()).streams.bookings["RT"]) == [[out], [next_day]]
        await system.hear(world.status(out, minute=5, estimated_departure=T0 + hours(4)))
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[out], [back]]


async def test_a_return_is_given_back_once_the_way_out_is_restored(tmp_path: Path) -> None:
    """Both are as they were sold."""
    world = World()
    out, back = world.flight(1, leaves=4, takes=2), world.flight(2, "SFO", "JFK", leaves=8, takes=2)
    world.flight(3, "SFO", "JFK", leaves=30, takes=2)
    world.flight(4, leaves=10, takes=2)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, minute=1, cancelled=True))
        await system.hear(world.status(out, minute=5))
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[out], [back]]


async def test_a_short_stay_at_one_airport_is_no_measure_between_two(tmp_path: Path) -> None:
    """The way out ends at Newark now; the return leaves Kennedy 90 minutes later, as long after as was sold."""
    world = World()
    out, back = world.flight(1, "SFO", "JFK", leaves=2), world.flight(2, "JFK", "SFO", leaves=9.5)
    world.flight(3, "SFO", "EWR", leaves=2)
    later = world.flight(4, "JFK", "SFO", leaves=13)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, minute=1, cancelled=True))
        end = await system.end()
    assert end.trip("RT", 2) == [later]


async def test_a_slower_way_out_that_spares_the_return_is_preferred(tmp_path: Path) -> None:
    """A trip that makes the next journey impossible costs more than a connection."""
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=22)
    world.flight(3, leaves=17.5)
    one, two = world.flight(4, to="ORD", leaves=5, takes=3), world.flight(5, "ORD", leaves=10, takes=9)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, cancelled=True))
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[one, two], [back]]


async def test_a_return_that_cannot_begin_waits_until_the_outbound_has_a_trip(tmp_path: Path) -> None:
    """The return is stranded once the outbound ends too late for it, and takes the next seat after the arrival."""
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=20)
    late_out = world.flight(3, leaves=22)
    full = world.flight(4, "SFO", "JFK", leaves=32, economy=1)
    world.several("RT", (out,), (back,))
    world.party("HAS", full)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, cancelled=True))
        stranded = await system.end()
        await system.hear(world.status(full, minute=5, seats={"economy": 2}))
        end = await system.end()
    assert trips(stranded.streams.bookings["RT"]) == [[late_out], []]
    assert set(stranded.streams.waiting) == {("RT", 2)}
    assert trips(end.streams.bookings["RT"]) == [[late_out], [full]]


def way_out_full(world: World) -> tuple[FlightKey, FlightKey, FlightKey]:
    """A round trip, and one other flight out, which is full."""
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=20)
    full = world.flight(3, leaves=30, economy=1)
    world.several("RT", (out,), (back,))
    world.party("HAS", full)
    return out, back, full


async def test_a_return_does_not_leave_without_a_party_that_still_waits_for_its_way_out(tmp_path: Path) -> None:
    """It is given up shortly before, and its seat with it; both ways are found again together."""
    world = World()
    out, back, full = way_out_full(world)
    later = world.flight(5, "SFO", "JFK", leaves=50)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, cancelled=True))
        await system.pass_to(T0 + hours(19))
        held = await system.end()
        await system.pass_to(T0 + hours(19.26))
        given_up = await system.end()
        await system.hear(world.status(full, minute=60 * 19.3, seats={"economy": 2}))
        end = await system.end()
    assert trips(held.streams.bookings["RT"]) == [[], [back]]
    assert trips(given_up.streams.bookings["RT"]) == [[], []]
    assert given_up.streams.seats[back].holders == {}
    assert [(fact.journey, fact.reason) for fact in given_up.facts("RT")] == [(1, "cancelled"), (2, "unreachable")]
    assert "you are still waiting for seats for the trip before it" in " ".join(
        given_up.letters("RT")[-1].get_content().split()
    )
    assert trips(end.streams.bookings["RT"]) == [[full], [later]]


async def test_a_return_that_is_put_off_is_given_up_later(tmp_path: Path) -> None:
    """The deadline moves with its departure."""
    world = World()
    out, back, _ = way_out_full(world)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, cancelled=True))
        await system.hear(world.status(back, minute=1, late=5))
        await system.pass_to(T0 + hours(24))
        held = await system.end()
        await system.pass_to(T0 + hours(24.3))
        end = await system.end()
    assert trips(held.streams.bookings["RT"]) == [[], [back]]
    assert trips(end.streams.bookings["RT"]) == [[], []]


async def test_a_return_behind_a_way_out_that_is_found_in_time_is_kept(tmp_path: Path) -> None:
    """The time passes, and nothing happens."""
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=20)
    full = world.flight(3, leaves=8, economy=1)
    world.several("RT", (out,), (back,))
    world.party("HAS", full)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, cancelled=True))
        await system.hear(world.status(full, minute=1, seats={"economy": 2}))
        await system.pass_to(T0 + hours(19.5))
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[full], [back]]
    assert all(fact.journey == 1 for fact in end.facts("RT"))


@pytest.mark.parametrize("both", [False, True], ids=["one-after-the-other", "at-once"])
async def test_both_journeys_cancelled_are_both_moved_and_do_not_overlap(both: bool, tmp_path: Path) -> None:
    """Whether the news comes at once or not."""
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=20)
    late_out = world.flight(3, leaves=22)
    world.flight(4, "SFO", "JFK", leaves=21)
    late_back = world.flight(5, "SFO", "JFK", leaves=32)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        first, second = world.status(out, cancelled=True), world.status(back, minute=1, cancelled=True)
        if both:
            await system.hear(first, second)
        else:
            await system.hear(first)
            await system.hear(second)
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[late_out], [late_back]]


async def test_an_open_jaw_is_two_journeys_that_do_not_meet(tmp_path: Path) -> None:
    """The way home leaves from another city than the way out ends in; only the cancelled one moves."""
    world = World()
    out, home = world.flight(1, leaves=3), world.flight(2, "LAX", "JFK", leaves=50)
    other = world.flight(3, "LAX", "JFK", leaves=54)
    world.several("JAW", (out,), (home,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(home, cancelled=True))
        end = await system.end()
    assert trips(end.streams.bookings["JAW"]) == [[out], [other]]


async def test_the_middle_of_three_journeys_moves_alone(tmp_path: Path) -> None:
    """Several cities: those before and after keep their flights and their facts."""
    world = World()
    first, second = world.flight(1, leaves=3), world.flight(2, "SFO", "ORD", leaves=30, takes=4)
    third, instead = (
        world.flight(3, "ORD", "JFK", leaves=60, takes=3),
        world.flight(4, "SFO", "ORD", leaves=34, takes=4),
    )
    world.several("TOUR", (first,), (second,), (third,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(second, cancelled=True))
        end: End = await system.end()
    booking = end.streams.bookings["TOUR"]
    assert trips(booking) == [[first], [instead], [third]]
    assert [bool(journey.last_fact) for journey in booking.journeys] == [False, True, False]


async def test_a_retimed_outbound_that_runs_into_the_return_moves_the_return(tmp_path: Path) -> None:
    """It keeps its flight at the new time, and the return moves to one that can be reached."""
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=14)
    later = world.flight(3, "SFO", "JFK", leaves=20)
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(out, late=8))
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[out], [later]]


async def test_a_party_holds_seats_on_a_flight_for_one_of_its_journeys_alone(tmp_path: Path) -> None:
    """The only other flight is that of its second journey, which it keeps while it waits for the first."""
    world = World()
    first, second = world.flight(1, leaves=3), world.flight(2, leaves=60)
    world.several("TWICE", (first,), (second,))
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, cancelled=True))
        end = await system.end()
    booking = end.streams.bookings["TWICE"]
    assert [journey.state for journey in booking.journeys] == ["stranded", "ticketed"]
    assert trips(booking) == [[], [second]]


@pytest.mark.parametrize("minutes", [200, 400])
async def test_a_return_is_given_up_behind_a_waiting_way_out_as_early_as_the_rules_say(
    tmp_path: Path, minutes: int
) -> None:
    """Longer before it leaves than any connection takes. It comes to an end: planner and booker have one bound."""
    world = World()
    out = world.flight(1, "JFK", "ORD", leaves=2, takes=2)
    back, _ = (world.flight(n, "ORD", "JFK", leaves=at, takes=2) for n, at in ((2, 8), (3, 12)))
    world.several("RT", (out,), (back,))
    async with living(world, tmp_path, environment={"IROPS_RULES_GIVEN_UP_MIN": str(minutes)}) as system:
        await system.hear(world.status(out, minute=1, cancelled=True))
        assert trips((await system.end()).streams.bookings["RT"]) == [[], [back]]
        await system.pass_to(T0 + hours(8.1 - minutes / 60))
        end = await system.end()
    assert trips(end.streams.bookings["RT"]) == [[], []]
