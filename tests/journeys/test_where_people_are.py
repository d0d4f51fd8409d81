"""Parties who are not where a look at one flight would put them: on no plane at all, at a stop, or back at home."""

from pathlib import Path

from tests.journeys.small_world import T0, World, hours
from tests.journeys.system import living


async def test_a_return_flight_leaves_without_a_party_that_waits_for_seats_on_its_way_out(tmp_path: Path) -> None:
    """Once it has seats there, it is given another flight back."""
    world = World()
    out, back = world.flight(1, leaves=3), world.flight(2, "SFO", "JFK", leaves=11)
    later, later_back = world.flight(3, leaves=20, economy=0), world.flight(4, "SFO", "JFK", leaves=40)
    world.several("RETURN", (out,), (back,))
    left = T0 + hours(11)
    async with living(world, tmp_path, now=T0 + hours(13)) as system:
        await system.hear(world.status(out, minute=1, cancelled=True))
        await system.hear(world.status(back, minute=662, departed_at=left))
        waiting = await system.end()
        await system.hear(world.status(later, minute=700, seats={"economy": 1}))
        end = await system.end()
    assert waiting.streams.waiting["RETURN", 1].origin == "JFK"
    assert end.trip("RETURN") == [later]
    assert end.trip("RETURN", 2) == [later_back]


async def test_a_party_whose_diversion_to_the_end_of_its_ticket_is_withdrawn_is_brought_on(tmp_path: Path) -> None:
    """The diversion cost it its onward flight, and would have brought it there."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    missed = world.flight(2, "ORD", "SFO", leaves=3.8, takes=4)
    later = world.flight(3, "ORD", "SFO", leaves=9, takes=4)
    world.party("THROUGH", first, missed)
    left = T0 + hours(1)
    async with living(world, tmp_path, now=T0 + hours(3.5)) as system:
        for minute, fields in (
            (61, {}),
            (120, {"diverted_to": "SFO", "estimated_arrival": T0 + hours(7)}),
            (150, {"diverted_to": "ORD", "estimated_arrival": T0 + hours(3.4)}),
            (205, {"arrived_at": T0 + hours(3.4)}),
        ):
            await system.hear(world.status(first, minute=minute, departed_at=left, **fields))
        end = await system.end()
    assert end.trip("THROUGH") == [first, later]


async def test_a_party_that_got_off_at_a_stop_waits_there_when_its_next_flight_is_cancelled(tmp_path: Path) -> None:
    """The flight that it came with has gone on without it."""
    world = World()
    first = world.flight(1, "JFK", "ORD", leaves=1, takes=2)
    missed = world.flight(2, "ORD", "SFO", leaves=3.5, takes=4)
    from_dtw = world.flight(3, "DTW", "SFO", leaves=9, takes=5)
    world.party("THROUGH", first, missed)
    left, lands, goes_on = T0 + hours(1), T0 + hours(2.9), T0 + hours(3.5)
    async with living(world, tmp_path, now=T0 + hours(5)) as system:
        await system.hear(world.status(first, minute=61, departed_at=left))
        await system.hear(world.status(first, minute=175, departed_at=left, diverted_to="DTW", arrived_at=lands))
        await system.hear(world.status(first, minute=212, departed_at=goes_on, estimated_arrival=T0 + hours(4.5)))
        await system.hear(world.status(from_dtw, minute=220, cancelled=True))
        await system.hear(world.status(first, minute=272, departed_at=goes_on, arrived_at=T0 + hours(4.5)))
        stranded = await system.end()
        await system.hear(world.status(from_dtw, minute=280))
        end = await system.end()
    entry = stranded.streams.waiting["THROUGH", 1]
    assert (entry.origin, [leg.destination for leg in entry.flown]) == ("DTW", ["DTW"])
    assert end.trip("THROUGH") == [first, from_dtw]


async def test_a_return_and_a_cancellation_in_one_status_both_count(tmp_path: Path) -> None:
    """The word of the landing was lost, and an older one comes after it."""
    world = World()
    back, other = world.flight(1, leaves=1), world.flight(2, leaves=8)
    world.party("HOME", back)
    left, came = T0 + hours(1), T0 + hours(2.8)
    async with living(world, tmp_path, now=T0 + hours(3)) as system:
        await system.hear(world.status(back, minute=65, departed_at=left))
        both = world.status(back, minute=175, departed_at=left, diverted_to="JFK", arrived_at=came, cancelled=True)
        await system.hear(both)
        await system.hear(world.status(back, minute=170, departed_at=left, diverted_to="JFK", arrived_at=came))
        end = await system.end()
    assert end.streams.flights[back].phase == "cancelled"
    assert end.trip("HOME") == [other]
