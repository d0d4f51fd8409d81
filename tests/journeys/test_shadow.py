"""A shadow decides what a live system would, on a copy of its feed, and nothing of it reaches the live one."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec import structs

from bus.operations import stored, written_in_shadow
from bus.wire.envelope import family
from contracts.clock import CLOCK
from contracts.flights import FLIGHT_STATUS
from contracts.ledger import ACTIVE_BOOKER, BookingChanged, BookingFact
from contracts.names import FlightKey
from contracts.reservations import BookingContradicted, ReservationStatus
from contracts.streams import STREAMS
from irops.shadow.agent import COPIER
from simulation.announcements import Announcement
from simulation.conductor import LockStep, replay_in_lockstep
from tests.irops.command_line import irops
from tests.journeys.shadowing import beside, copied, copying
from tests.journeys.small_world import T0, World
from tests.journeys.system import AGENTS, System, living

LONG_LEASE = {"IROPS_BOOKER_LEASE_S": "600", "IROPS_BOOKER_RENEW_S": "200"}
"""Not renewed within a test: plans name revisions, and a renewal is one."""


def one_seat() -> tuple[World, FlightKey, FlightKey]:
    """Two parties on a flight, and one free seat on the next."""
    world = World()
    dead, other = world.flight(1, leaves=3), world.flight(2, leaves=6, economy=1)
    world.party("FIRST", dead)
    world.party("SECOND", dead)
    return world, dead, other


async def test_of_two_parties_and_one_seat_one_is_moved_and_the_other_waits(tmp_path: Path) -> None:
    """A shadow has a ledger that moves. The live system beside it has heard of nothing."""
    world, dead, other = one_seat()
    async with beside(world, tmp_path) as (live, shadow):
        await shadow.hear(world.status(dead, minute=1, cancelled=True))
        end = await shadow.end()
        assert sorted(map(tuple, map(end.trip, ("FIRST", "SECOND")))) == [(), (other,)]
        assert set(end.streams.seats[other].holders) == {pnr for pnr in ("FIRST", "SECOND") if end.trip(pnr)}
        untouched = await live.end()
        assert [untouched.trip(pnr) for pnr in ("FIRST", "SECOND")] == [[dead], [dead]]
        assert (untouched.streams.facts, untouched.mail) == ([], {})


async def test_the_shadow_decides_as_the_live_system_from_the_same_feed(tmp_path: Path) -> None:
    """A few hours with a cancellation, a delay, a smaller aircraft and a word of the reservation system; facts have the same
    ids, and differ in the instants alone."""
    world = World()
    early, late, next_, last = (world.flight(n, leaves=n * 3, economy=4) for n in (1, 2, 3, 4))
    for pnr, flight, seats in (("A", early, 1), ("B", early, 2), ("C", late, 1), ("D", next_, 3), ("E", early, 2)):
        world.party(pnr, flight, seats=seats)
    corrected = structs.replace(
        world.bookings["C"], party=structs.replace(world.bookings["C"].party, contact="new@example.org")
    )
    async with beside(world, tmp_path) as (live, shadow):
        for status in (
            world.status(early, minute=1, cancelled=True),
            world.status(late, minute=2, late=9),
            ReservationStatus(pnr="C", version=1, booking=corrected),
            world.status(last, minute=3, seats={"economy": 2}),
        ):
            await live.say(status)
            await copied(live, shadow)
        of_live, of_shadow = await live.end(), await shadow.end()
    assert len(of_live.streams.facts) > 4
    assert decided(of_shadow.streams.facts) == decided(of_live.streams.facts)
    assert {pnr: of_shadow.trip(pnr) for pnr in world.bookings} == {pnr: of_live.trip(pnr) for pnr in world.bookings}
    assert holders(of_shadow.streams.seats) == holders(of_live.streams.seats)
    assert of_shadow.mail.keys() == of_live.mail.keys()


def decided(facts: Iterable[tuple[int, BookingFact]]) -> list[BookingFact]:
    """In an order of their own: the two systems may have handled two parties in different ones."""
    found = [structs.replace(fact, decided_at=T0) for _, fact in facts]
    return sorted(found, key=lambda fact: fact.id)


def holders(seats: Any) -> dict[FlightKey, dict[str, Any]]:
    return {flight: ledger.holders for flight, ledger in seats.items()}


async def test_all_that_agents_write_in_a_shadow_is_marked_and_nothing_in_the_live_system(tmp_path: Path) -> None:
    """So a message of a shadow is known wherever it is found."""
    world, dead, _ = one_seat()
    async with beside(world, tmp_path) as (live, shadow):
        await live.say(world.status(dead, minute=1, cancelled=True))
        await copied(live, shadow)
        agents = {"monitor", "booker", "planner", "notifier", "care", "pricer"}
        marked = await marks(shadow)
        assert {writer for writer, _ in marked} >= agents
        assert {mark for writer, mark in marked if writer in agents} == {True}
        assert {mark for _, mark in await marks(live)} == {False}


async def marks(system: System) -> set[tuple[str, bool]]:
    """The writers of all that its streams hold, and whether they have marked it."""
    return {
        (raw.headers.get("ce-source", ""), written_in_shadow(raw.headers))
        for stream in STREAMS
        async for raw in stored(system.bus.nc, stream.name)
    }


async def test_what_the_feed_says_while_the_copier_is_down_is_copied_afterwards(tmp_path: Path) -> None:
    """Nothing is missing, and nothing is there twice."""
    world, dead, other = one_seat()
    async with (
        living(world, tmp_path / "live") as live,
        living(world, tmp_path / "shadow", shadow=True) as shadow,
    ):
        async with copying(live, shadow):
            await live.say(world.status(other, minute=1))
            await copied(live, shadow)
        await live.say(world.status(dead, minute=2, cancelled=True))
        async with copying(live, shadow):
            await copied(live, shadow)
        end = await shadow.end()
    assert sum(isinstance(fact, BookingChanged) for _, fact in end.streams.facts) == 1
    assert len(end.streams.statuses) == 2


async def test_a_shadow_learns_what_the_present_process_does_and_says_where_it_differs(tmp_path: Path) -> None:
    """The reservation system puts a party on another flight than the shadow has: that is contradicted, and the report names
    both."""
    world = World()
    dead, near, far = world.flight(1, leaves=3), world.flight(2, leaves=6), world.flight(3, leaves=9)
    world.party("P", dead)
    by_hand = world.booking("P", far)
    by_hand = structs.replace(
        by_hand, journeys=(structs.replace(by_hand.journeys[0], ticket=world.bookings["P"].journeys[0].ticket),)
    )
    async with living(world, tmp_path, shadow=True) as shadow:
        await shadow.hear(world.status(dead, minute=1, cancelled=True))
        await shadow.hear(ReservationStatus(pnr="P", version=1, booking=by_hand))
        end = await shadow.end()
        assert end.trip("P") == [near]
        (fact,) = [fact for _, fact in end.streams.amended]
        assert isinstance(fact, BookingContradicted)
        assert (fact.reason, fact.detail) == ("moved", "is moved to B6 3; irops has moved it to B6 2")


async def test_a_live_system_has_the_same_streams_with_a_shadow_and_without(tmp_path: Path) -> None:
    """In the same order and byte for byte: the copier writes nothing there. The lease, which goes by the wall clock, is left
    out, and so are ids and traces of states, which are random."""
    world, dead, other = one_seat()
    feed = [
        Announcement(T0 + timedelta(minutes=1), world.status(dead, minute=1, cancelled=True)),
        Announcement(T0 + timedelta(minutes=5), world.status(other, minute=5, late=2)),
    ]
    until, order = T0 + timedelta(hours=2), [agent.name for agent in AGENTS]
    async with living(world, tmp_path / "alone", speed=0, environment=LONG_LEASE) as alone:
        await replay_in_lockstep(alone.bus, feed, order=order, until=until)
        without = await contents(alone)
    async with beside(world, tmp_path, speed=0, environment=LONG_LEASE) as (live, shadow):
        await replay_in_lockstep(live.bus, feed, order=[COPIER.name, *order], until=until)
        assert await contents(live) == without
        assert len([each for each in await contents(shadow) if each[0].startswith("feed.")]) == len(feed)
        shadow.bus.written[FLIGHT_STATUS.stream] = len(feed)  # as if its conductor had published it
        await LockStep(shadow.bus, order).settle(until)
    assert {"booking.changed", "booking.stranded", "notice.sent"} <= {family(subject) for subject, _, _ in without}


async def contents(system: System) -> list[tuple[str, bytes, dict[str, str]]]:
    """Every message with its subject, and who says that it wrote it when."""
    named = ("ce-source", "ce-type", "ce-time", "ce-shadow")
    return [
        (raw.subject, raw.data, {name: of for name, of in raw.headers.items() if name in named})
        for stream in STREAMS
        if stream.name != CLOCK.stream
        async for raw in stored(system.bus.nc, stream.name)
        if raw.subject != ACTIVE_BOOKER.pattern
    ]


async def test_who_waits_in_a_shadow_and_was_given_seats_in_reality_is_reported_with_both(tmp_path: Path) -> None:
    """The airline sells it a flight that the rules have too late for it: the shadow takes that over."""
    world = World()
    dead, late = world.flight(1, leaves=3), world.flight(2, leaves=24 * 16)
    world.party("P", dead)
    sold_again = ReservationStatus(pnr="P", version=1, booking=world.booking("P", late))
    async with living(world, tmp_path, shadow=True) as shadow:
        await shadow.hear(world.status(dead, minute=1, cancelled=True))
        assert (await shadow.end()).trip("P") == []
        await shadow.hear(sold_again)
        assert (await shadow.end()).trip("P") == [late]
        reported = (await irops("shadow", "P", url=shadow.server.url)).out.splitlines()
    assert reported[-1] == (
        "P 1  waits  cancelled (B6 1)  in JFK for seats to SFO; "
        "the reservation system has it on B6 2 2013-02-24 12:00 UTC to SFO"
    )
