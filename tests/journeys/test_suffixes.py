"""Two departures of one number: what comes in without the suffix, or with the other date, is about the one that leaves then."""

from dataclasses import replace
from pathlib import Path

from msgspec import structs

from contracts.asks import IMPORT_BOOKINGS, ImportBookings
from contracts.flights import FlightStatus
from contracts.ledger import Booking
from contracts.names import FlightKey
from irops.audit import audit
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import End, living
from tests.reservation_system import whole
from tests.single_journey import altered


def twice(world: World, *, apart: float, leaves: float = 3) -> tuple[FlightKey, FlightKey]:
    """B6 1 and B6 1D, so many hours later."""
    first = world.flight(1, leaves=leaves)
    known = world.flights[first]
    second = first.replace("B6.1.", "B6.1D.")
    departs, arrives = known.departs + hours(apart), known.arrives + hours(apart)
    world.flights[second] = structs.replace(
        known,
        flight=second,
        departs=departs,
        arrives=arrives,
        scheduled_departure=departs,
        scheduled_arrival=arrives,
        announced_departure=departs,
        announced_arrival=arrives,
    )
    return first, second


def under(key: FlightKey, status: FlightStatus) -> FlightStatus:
    return structs.replace(status, flight=key)


def misnamed(world: World, *, on: FlightKey, named: FlightKey) -> Booking:
    """A booking whose leg and ticket name one departure, and whose times are those of the other."""
    booking = world.booking("A", on)
    (journey,) = booking.journeys
    (leg,) = journey.legs
    return altered(
        booking,
        legs=(structs.replace(leg, flight=named),),
        ticket=structs.replace(journey.ticket, flights=(named,)),
    )


def doubted(end: End) -> list[str]:
    return [doubt.reason for doubt in end.streams.doubted]


async def test_a_cancellation_of_the_second_without_its_suffix_is_not_the_firsts(tmp_path: Path) -> None:
    """No one is moved, and the doubt names the other departure. The audit finds a doubt that is not there."""
    world = World()
    first, second = twice(world, apart=3)
    world.flight(2, leaves=9)
    world.party("MORNING", first)
    world.party("NOON", second)
    async with living(world, tmp_path) as system:
        await system.hear(under(first, world.status(second, minute=1, cancelled=True)))
        end = await system.end()
    assert end.trip("MORNING") == [first]
    assert not end.mail
    assert doubted(end) == ["another flight"]
    assert second in end.streams.doubted[0].detail
    assert "outdated_flights" in audit(replace(end.streams, doubted=())).findings


async def test_the_seconds_schedule_is_not_the_firsts_new_times(tmp_path: Path) -> None:
    """Its party would be at the airport three hours late."""
    world = World()
    first, second = twice(world, apart=3)
    world.party("MORNING", first)
    async with living(world, tmp_path) as system:
        await system.hear(under(first, world.status(second, minute=1)))
        end = await system.end()
    assert not end.mail
    assert doubted(end) == ["another flight"]


async def test_the_firsts_delay_under_the_suffix_is_not_the_seconds(tmp_path: Path) -> None:
    """The second one's party does not read of it."""
    world = World()
    first, second = twice(world, apart=3)
    world.party("NOON", second)
    async with living(world, tmp_path) as system:
        await system.hear(under(second, world.status(first, minute=1, late=1)))
        end = await system.end()
    assert not end.mail
    assert doubted(end) == ["another flight"]


async def test_the_first_is_in_the_air_while_the_second_leaves_under_its_key(tmp_path: Path) -> None:
    """Its party makes its connection."""
    world = World()
    first, second = twice(world, apart=3.5, leaves=1)
    onward = world.flight(5, "SFO", "SEA", leaves=8.5, takes=2)
    world.flight(6, "SFO", "SEA", leaves=20, takes=2)
    world.party("MORNING", first, onward)
    async with living(world, tmp_path, now=T0 + hours(4.6)) as system:
        await system.hear(world.status(first, minute=61, departed_at=T0 + hours(1)))
        await system.hear(under(first, world.status(second, minute=271, departed_at=T0 + hours(4.5))))
        end = await system.end()
    assert end.trip("MORNING") == [first, onward]
    assert doubted(end) == ["another flight"]


async def test_a_departure_after_midnight_under_the_date_before_is_not_that_days(tmp_path: Path) -> None:
    """B6 1 leaves at 22:00 on the 8th and at 01:00 on the 9th."""
    world = World()
    late, early = world.flight(1, leaves=15), world.flight(1, leaves=18)
    world.party("LATE", late)
    async with living(world, tmp_path) as system:
        await system.hear(under(late, world.status(early, minute=1, cancelled=True)))
        end = await system.end()
    assert not end.mail
    assert doubted(end) == ["another flight"]


def unsuffixed(world: World, first: FlightKey, *, minute: float, apart: float, **fields: object) -> FlightStatus:
    """A status of a departure so many hours after the first one, under its key."""
    status = world.status(first, minute=minute)
    later = {name: getattr(status, name) + hours(apart) for name in ("scheduled_departure", "scheduled_arrival")}
    return structs.replace(status, **later, **fields)


async def test_a_schedule_that_comes_and_goes_is_of_two_departures(tmp_path: Path) -> None:
    """No suffix has been reported of the one that leaves three and a half hours after the first. The last that a party reads is
    when its own flight leaves, whatever was expected of the other one."""
    world = World()
    first = world.flight(83, leaves=6, takes=3)
    world.party("MORNING", first)
    async with living(world, tmp_path) as system:
        late = T0 + hours(10.5)
        await system.hear(unsuffixed(world, first, minute=1, apart=3.5, estimated_departure=late))
        await system.hear(world.status(first, minute=2))
        for minute in (3, 4):
            await system.hear(unsuffixed(world, first, minute=minute, apart=3.5, cancelled=minute == 4))
            await system.hear(world.status(first, minute=minute + 0.5))
        end = await system.end()
    assert end.streams.flights[first].departs == T0 + hours(6)
    assert len(end.facts("MORNING")) == 2
    assert doubted(end) == ["another flight"] * 2
    assert "such as B6.83D.JFK" in end.streams.doubted[0].detail
    assert "outdated_flights" in audit(replace(end.streams, doubted=())).findings


async def test_a_cancellation_counts_when_the_flight_has_gone_back_to_its_schedule(tmp_path: Path) -> None:
    """Under the first schedule, which is its own again."""
    world = World()
    first, other = world.flight(83, leaves=6, takes=3), world.flight(2, leaves=9)
    world.party("MORNING", first)
    async with living(world, tmp_path) as system:
        await system.hear(unsuffixed(world, first, minute=1, apart=3.5))
        await system.hear(world.status(first, minute=2, cancelled=True))
        end = await system.end()
    assert end.trip("MORNING") == [other]


async def test_a_schedule_that_goes_back_and_forth_by_less_than_the_flight_takes_is_one_flights(tmp_path: Path) -> None:
    """No number is twice in the air; so no cancellation is lost where two feeds do not agree on the schedule."""
    world = World()
    first, other = world.flight(83, leaves=6, takes=3), world.flight(2, leaves=9)
    world.party("MORNING", first)
    async with living(world, tmp_path) as system:
        await system.hear(unsuffixed(world, first, minute=1, apart=2.5))
        await system.hear(world.status(first, minute=2))
        await system.hear(unsuffixed(world, first, minute=3, apart=2.5, cancelled=True))
        end = await system.end()
    assert end.trip("MORNING") == [other]
    assert not doubted(end)


async def test_no_party_of_a_second_departure_comes_in_under_the_firsts_key(tmp_path: Path) -> None:
    """Neither by an import nor by the reservation system, once it has been seen that there are two."""
    world = World()
    first = world.flight(83, leaves=6, takes=3)
    booking = world.booking("A", first)
    (leg,) = booking.all_legs
    late = altered(booking, legs=(structs.replace(leg, departs=T0 + hours(9.5), arrives=T0 + hours(12.5)),))
    async with living(world, tmp_path) as system:
        await system.hear(unsuffixed(world, first, minute=1, apart=3.5))
        await system.hear(world.status(first, minute=2))
        answer = await system.bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=(late,)))
        await system.hear(whole(structs.replace(late, pnr="B"), 1))
        end = await system.end()
    assert "such as B6.83D.JFK" in answer.refused["A"]
    ((_, fact),) = end.streams.amended
    assert "such as B6.83D.JFK" in getattr(fact, "detail", "")


async def test_a_flight_is_rescheduled_where_no_other_departure_is(tmp_path: Path) -> None:
    """By two of the three hours between the two."""
    world = World()
    first, _ = twice(world, apart=3)
    world.party("MORNING", first)
    known = world.flights[first]
    async with living(world, tmp_path) as system:
        moved = structs.replace(
            world.status(first, minute=1),
            scheduled_departure=known.scheduled_departure + hours(2),
            scheduled_arrival=known.scheduled_arrival + hours(2),
        )
        await system.hear(moved)
        end = await system.end()
    assert end.streams.flights[first].departs == known.departs + hours(2)
    assert len(end.letters("MORNING")) == 1


async def test_a_booking_for_the_second_without_its_suffix_is_refused(tmp_path: Path) -> None:
    """Three and ten hours apart; the reason names the departure that leaves then, however late it is by now."""
    for apart, late in ((3, 0.0), (10, 0.0), (10, 5.0)):
        world = World()
        first, second = twice(world, apart=apart)
        plain = misnamed(world, on=second, named=first)
        folder = tmp_path / f"{apart}-{late}"
        folder.mkdir()
        async with living(world, folder) as system:
            await system.hear(world.status(second, minute=1, late=late))
            answer = await system.bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=(plain,)))
        assert answer.taken == 0
        assert second in answer.refused["A"]


async def test_a_booking_on_a_late_flight_is_taken_though_another_leaves_when_it_does_now(tmp_path: Path) -> None:
    """Its leg has the time at which it was sold, which is the flight's schedule."""
    world = World()
    first, _ = twice(world, apart=3)
    booking = world.booking("A", first)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, late=3))
        answer = await system.bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=(booking,)))
        end = await system.end()
    assert (answer.taken, end.trip("A")) == (1, [first])


async def test_a_reservation_for_the_second_without_its_suffix_is_contradicted(tmp_path: Path) -> None:
    """The reason names the departure that leaves then, and the party is on neither."""
    world = World()
    first, second = twice(world, apart=10)
    async with living(world, tmp_path) as system:
        await system.hear(whole(misnamed(world, on=second, named=first), 1))
        end = await system.end()
    assert end.trip("A") == []
    ((_, fact),) = end.streams.amended
    assert second in getattr(fact, "detail", "")


async def test_the_audit_finds_a_reservation_that_was_put_on_another_departure(tmp_path: Path) -> None:
    """As if the reservation system had named the first one, with the second one's times."""
    world = World()
    first, second = twice(world, apart=10)
    async with living(world, tmp_path) as system:
        await system.hear(whole(world.booking("A", first), 1))
        end = await system.end()
    ((at, status),) = end.streams.reservations
    other = replace(end.streams, reservations=[(at, whole(misnamed(world, on=second, named=first), 1))])
    assert status.booking is not None
    assert any("another departure of its number" in why for why in audit(other).findings["misapplied_reservations"])
