"""The legs of a flight that goes on under its number: who stays on board from one to the next, and who changes planes."""

from pathlib import Path

import pytest

from contracts.flights import FlightStatus
from contracts.ledger import BookingKept
from contracts.names import FlightKey
from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living


async def test_a_late_leg_of_a_flight_that_goes_on_under_its_number_breaks_no_connection(tmp_path: Path) -> None:
    """Its passengers stay on board: the second leg cannot leave without them, though its new times are not reported yet."""
    world = World()
    first, second = world.flight(1, to="ATL", leaves=3, takes=2), world.flight(1, "ATL", leaves=5.7, takes=3)
    world.flight(2, leaves=8)
    world.party("ABOARD", first, second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, late=1.2))
        end = await system.end()
    (journey,) = end.streams.bookings["ABOARD"].journeys
    assert (journey.state, [leg.flight for leg in journey.legs]) == ("kept", [first, second])


async def test_a_late_leg_of_another_number_breaks_the_connection(tmp_path: Path) -> None:
    """The same times, and the passengers change planes."""
    world = World()
    first, second = world.flight(1, to="ATL", leaves=3, takes=2), world.flight(3, "ATL", leaves=5.7, takes=3)
    later = world.flight(2, leaves=8)
    world.party("MISSES", first, second)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, late=1.2))
        end = await system.end()
    assert end.trip("MISSES") == [later]


def through(world: World, *, stop: float) -> tuple[FlightKey, FlightKey]:
    """The two legs of a flight of one number by way of Atlanta, where it stands for so many minutes."""
    first = world.flight(1, to="ATL", leaves=3, takes=2)
    return first, world.flight(1, "ATL", leaves=5 + stop / 60, takes=3)


@pytest.mark.parametrize(
    "tails", [("N1", "N1"), ("N1", None), (None, "N1")], ids=["the same", "unknown onward", "unknown inbound"]
)
async def test_the_same_aircraft_keeps_its_party_on_board_through_a_stop_of_20_minutes(
    tails: tuple[str | None, str | None], tmp_path: Path
) -> None:
    """Also while it is later than it was to leave again. An aircraft that is not known counts as the same."""
    world = World()
    first, second = through(world, stop=20)
    world.flight(2, leaves=8)
    world.party("ABOARD", first, second)
    async with living(world, tmp_path) as system:
        for flight, tail in zip((first, second), tails, strict=True):
            await system.hear(world.status(flight, minute=1, tail=tail))
        untouched = await system.end()
        await system.hear(world.status(first, minute=2, late=0.5))
        end = await system.end()
    assert untouched.facts("ABOARD") == []
    assert (end.trip("ABOARD"), [type(fact) for fact in end.facts("ABOARD")]) == ([first, second], [BookingKept])


@pytest.mark.parametrize("swapped", [0, 1], ids=["the first leg", "the second leg"])
async def test_another_aircraft_for_one_leg_breaks_a_stop_that_is_too_short_to_change_planes(
    swapped: int, tmp_path: Path
) -> None:
    """However late it is announced: the party is moved because of that leg, and its letter says why."""
    world = World()
    legs = through(world, stop=20)
    later = world.flight(2, leaves=8)
    world.party("CHANGES", *legs)
    async with living(world, tmp_path) as system:
        for flight in legs:
            await system.hear(world.status(flight, minute=1, tail="N1"))
        await system.hear(world.status(legs[swapped], minute=2, tail="N2"))
        end = await system.end()
    assert end.trip("CHANGES") == [later]
    assert [(fact.reason, fact.broken_by) for fact in end.facts("CHANGES")] == [("misconnected", legs[swapped])]
    (letter,) = end.letters("CHANGES")
    assert "because another aircraft goes on from there" in " ".join(letter.get_content().split())


async def test_two_aircraft_on_a_flight_that_goes_on_need_the_minimum_connection(tmp_path: Path) -> None:
    """A stop of two hours is one. When the first leg is late, it breaks, where one aircraft would have waited."""
    world = World()
    first, second = through(world, stop=120)
    later = world.flight(2, leaves=9)
    world.party("CHANGES", first, second)
    async with living(world, tmp_path) as system:
        for flight, tail in ((first, "N1"), (second, "N2")):
            await system.hear(world.status(flight, minute=1, tail=tail))
        untouched = await system.end()
        await system.hear(world.status(first, minute=2, late=1.8))
        end = await system.end()
    assert untouched.facts("CHANGES") == []
    assert end.trip("CHANGES") == [later]
    assert [(fact.reason, fact.broken_by) for fact in end.facts("CHANGES")] == [("misconnected", first)]


async def test_an_aircraft_swapped_while_its_party_is_in_the_air_leaves_it_where_it_lands(tmp_path: Path) -> None:
    """The second leg gets another aircraft, and leaves 20 minutes after the first is in: the party flies on from there."""
    world = World()
    first, second = through(world, stop=20)
    later = world.flight(3, "ATL", leaves=8)
    world.party("ALOFT", first, second)
    async with living(world, tmp_path, now=T0 + hours(4)) as system:
        for flight in (first, second):
            await system.hear(world.status(flight, minute=1, tail="N1"))
        await system.hear(world.status(first, minute=181, departed_at=T0 + hours(3)))
        await system.hear(world.status(second, minute=220, tail="N2"))
        end = await system.end()
    assert end.trip("ALOFT") == [first, later]
    assert [fact.broken_by for fact in end.facts("ALOFT")] == [second]


def daily(world: World, *, stop: float) -> tuple[FlightKey, FlightKey, FlightKey]:
    """The two legs of a daily flight by way of Atlanta, where it stands for so many minutes, and the second leg of the next
    day."""
    return *through(world, stop=stop), world.flight(1, "ATL", leaves=29 + stop / 60, takes=3)


def left_without(first: FlightKey, second: FlightKey, world: World, *, lands: float) -> list[FlightStatus]:
    """The first leg is to land so many hours after the world begins, and the second leaves in time."""
    left = T0 + hours(3)
    return [
        world.status(first, minute=181, departed_at=left, estimated_arrival=T0 + hours(lands)),
        world.status(second, minute=331, departed_at=world.flights[second].departs),
    ]


async def test_a_leg_that_leaves_before_the_leg_before_it_has_landed_is_flown_by_another_aircraft(
    tmp_path: Path,
) -> None:
    """Though no registration is known: its party is left behind, gets a new trip from there, and a letter that says so."""
    world = World()
    first, second = through(world, stop=30)
    later = world.flight(3, "ATL", leaves=9, takes=4)
    world.party("BEHIND", first, second)
    async with living(world, tmp_path, now=T0 + hours(5.55)) as system:
        for status in left_without(first, second, world, lands=6):
            await system.hear(status)
        end = await system.end()
    assert end.trip("BEHIND") == [first, later]
    changed = end.facts("BEHIND")[-1]
    assert (changed.reason, changed.broken_by) == ("misconnected", second)
    (disruption,) = [fact for _, fact in end.streams.disrupted if fact.kind == "misconnected"]
    assert (disruption.flight, disruption.parties) == (second, ("BEHIND",))
    letter = " ".join(end.letters("BEHIND")[-1].get_content().split())
    assert (
        "because another aircraft has gone on from there: it left at 12:30 PM, before the arrival of flight B6 1 at 1:00 PM"
        in letter
    )


async def test_a_leg_is_left_behind_only_once_it_has_left(tmp_path: Path) -> None:
    """The feed still has the first leg in at 13:00 and the second out at 12:30: the aircraft waits for itself."""
    world = World()
    first, second = through(world, stop=30)
    world.flight(3, "ATL", leaves=9, takes=4)
    world.party("ABOARD", first, second)
    async with living(world, tmp_path, now=T0 + hours(5.55)) as system:
        await system.hear(left_without(first, second, world, lands=6)[0])
        end = await system.end()
    assert end.trip("ABOARD") == [first, second]


async def test_a_landing_after_the_next_leg_has_left_breaks_the_stop(tmp_path: Path) -> None:
    """By the estimates it was in ten minutes before: only its arrival shows that another aircraft has gone on."""
    world = World()
    first, second = through(world, stop=30)
    later = world.flight(3, "ATL", leaves=9, takes=4)
    world.party("BEHIND", first, second)
    async with living(world, tmp_path, now=T0 + hours(5.8)) as system:
        for status in left_without(first, second, world, lands=5.3):
            await system.hear(status)
        before = await system.end()
        landed = T0 + hours(5.75)
        await system.hear(world.status(first, minute=346, departed_at=T0 + hours(3), arrived_at=landed))
        end = await system.end()
    assert (before.facts("BEHIND"), end.trip("BEHIND")) == ([], [first, later])
    assert [(fact.reason, fact.broken_by) for fact in end.facts("BEHIND")] == [("misconnected", first)]


async def test_a_leg_that_leaves_after_the_landing_has_its_party_on_board(tmp_path: Path) -> None:
    """However late, and however short the stop."""
    world = World()
    first, second = through(world, stop=30)
    world.flight(3, "ATL", leaves=9, takes=4)
    world.party("ABOARD", first, second)
    left, landed, on = T0 + hours(3), T0 + hours(6), T0 + hours(6.1)
    async with living(world, tmp_path, now=T0 + hours(6.2)) as system:
        await system.hear(world.status(first, minute=181, departed_at=left, estimated_arrival=landed))
        await system.hear(world.status(first, minute=361, departed_at=left, arrived_at=landed))
        await system.hear(world.status(second, minute=367, departed_at=on))
        end = await system.end()
    assert end.trip("ABOARD") == [first, second]
    assert {fact.reason for fact in end.facts("ABOARD")} <= {"retimed"}


async def test_the_same_leg_of_the_next_day_is_another_flight(tmp_path: Path) -> None:
    """A party that was sold it changes planes: a first leg that is a day late, and lands 20 minutes before it leaves, misses
    it, where the flight of its own day would have waited."""
    world = World()
    first, _, tomorrow = daily(world, stop=30)
    later = world.flight(3, "ATL", leaves=33, takes=4)
    world.party("MISSES", first, tomorrow)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, late=24 + 10 / 60))
        end = await system.end()
    assert end.trip("MISSES") == [first, later]
    assert [(fact.reason, fact.broken_by) for fact in end.facts("MISSES")] == [("misconnected", first)]
    assert "too late for flight B6 1, which leaves at" in " ".join(end.letters("MISSES")[-1].get_content().split())


async def test_a_party_that_is_left_behind_is_given_the_next_days_leg_only_with_time_to_change_planes(
    tmp_path: Path,
) -> None:
    """A first leg a day late lands 20 minutes before the leg of the next day leaves, and a long time after its own has."""
    world = World()
    first, second, tomorrow = daily(world, stop=30)
    later = world.flight(3, "ATL", leaves=33, takes=4)
    world.party("BEHIND", first, second)
    async with living(world, tmp_path, now=T0 + hours(5.6)) as system:
        await system.hear(world.status(first, minute=120, late=24 + 10 / 60))
        await system.hear(world.status(second, minute=331, departed_at=world.flights[second].departs))
        end = await system.end()
    assert end.trip("BEHIND")[-1] == later
    assert tomorrow not in end.trip("BEHIND")


async def test_a_flight_that_crosses_midnight_keeps_its_party_on_board(tmp_path: Path) -> None:
    """The date in the key of its second leg is the next one."""
    world = World()
    first = world.flight(1, to="ATL", leaves=14, takes=2)
    second = world.flight(1, "ATL", leaves=17.2, takes=3)
    world.flight(3, "ATL", leaves=22, takes=4)
    world.party("ABOARD", first, second)
    assert (first[-2:], second[-2:]) == ("08", "09")
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, late=2))
        end = await system.end()
    assert end.trip("ABOARD") == [first, second]


async def test_a_leg_is_not_presumed_to_have_left_before_the_leg_before_it_has_landed(tmp_path: Path) -> None:
    """Past its departure without a word, it waits for its aircraft: its party can still go on from there in another way."""
    world = World()
    first, second = through(world, stop=30)
    third = world.flight(2, "SFO", "SEA", leaves=12, takes=2)
    world.flight(3, "SFO", "SEA", leaves=20, takes=2)
    direct = world.flight(4, "ATL", "SEA", leaves=8, takes=5)
    world.party("ALOFT", first, second, third)
    async with living(world, tmp_path, now=T0 + hours(5.8)) as system:
        await system.hear(left_without(first, second, world, lands=6)[0])
        await system.hear(world.status(third, minute=345, cancelled=True))
        end = await system.end()
    assert end.trip("ALOFT") == [first, direct]


async def test_the_next_leg_of_a_late_aircraft_is_late_too(tmp_path: Path) -> None:
    """No status of it has the new time yet: the flight behind it is missed, and the letter promises no time that cannot be."""
    world = World()
    first, second = world.flight(1, "JFK", "ORD", leaves=6, takes=2.5), world.flight(1, "ORD", "SFO", leaves=9, takes=4)
    third, later = (
        world.flight(3, "SFO", "SEA", leaves=14.2, takes=2),
        world.flight(4, "SFO", "SEA", leaves=17, takes=2),
    )
    world.party("THROUGH", first, second, third)
    async with living(world, tmp_path) as system:
        await system.hear(world.status(first, minute=1, late=3))
        end = await system.end()
    assert end.trip("THROUGH") == [first, second, later]
    (letter,) = end.letters("THROUGH")
    assert letter.get_content().count("Departs: not known yet") == 1
