"""The care agent on real streams: what it writes, how often, and what it looks at again by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from msgspec import structs
from nats.aio.client import Client

from agents.care.agent import CARE, Desk, build
from agents.care.config import Config
from agents.care.watching import Watching
from bus import Bus, Commit, Conflict, Delivery, Fact, Removal, Write
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import wall
from bus.runtime.running import Running
from bus.settings import Settings
from contracts.care import CARE_OWED, RIGHTS_ACCOUNT, CareOwed, RightsAccount
from contracts.clock import Clock
from contracts.flights import FLIGHT, Cause, Flight
from contracts.ledger import (
    BOOKING,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    SEAT_LEDGER,
    Booking,
    BookingChanged,
    BookingFact,
    BookingKept,
    BookingStranded,
    Holding,
    SeatLedger,
)
from contracts.names import FlightKey
from contracts.reservations import (
    BOOKING_AMENDED,
    BOOKING_WITHDRAWN,
    AmendedJourney,
    BookingAmended,
    BookingWithdrawn,
    PartySummary,
)
from contracts.subject import Addressed, Key, Subject
from policy.rights import shipped
from tests.agents.care.care_world import EU, NOW, OTHER, PLACES, PNR, US, H, booking, flight, gone, kept, stranded
from tests.support import eventually

ADDRESS: dict[type, Subject[Any]] = {
    BookingChanged: BOOKING_CHANGED,
    BookingKept: BOOKING_KEPT,
    BookingStranded: BOOKING_STRANDED,
}
CONFIG = Config(rule_sets=shipped())
SOLD = flight(US, "SFO")
OTHER_FLIGHT = flight(OTHER, "SFO")
DEAD = structs.replace(SOLD, phase="cancelled")
STRANDED = stranded("one", SOLD)
WAITS = booking(SOLD, stranded=True, last_fact="one")


@pytest.fixture
async def nc(nc: Client) -> Client:
    """Event time is that of these journeys."""
    await set_clock(nc, Clock(now=NOW, at=wall(), speed=1))
    return nc


async def put(bus: Bus, *states: Addressed[Any]) -> None:
    """Write states as their owners do, over what there is."""
    for state in states:
        key = _key(state)
        loaded = await bus.load([key])
        await bus.commit(Commit(states=[Write(state, loaded.revision(key))]))


def _key(state: Addressed[Any]) -> Key[Any]:
    return Key(state.name, type(state.message), state.stream)


async def say(bus: Bus, fact: BookingFact, leads_to: Booking) -> Delivery[BookingFact]:
    """Commit a fact with its booking. Returns it as the agent hears it."""
    addressed, state = ADDRESS[type(fact)].of(fact), BOOKING.of(leads_to)
    key = _key(state)
    revision = (await bus.load([key])).revision(key)
    stored = await bus.commit(Commit(facts=[Fact(addressed)], states=[Write(state, revision)]))
    return Delivery(
        message=fact, subject=addressed.name, stream="LEDGER", sequence=stored[addressed.name],
        settled=stored[state.name], id=addressed.name, trace="", stored_at=NOW,
    )  # fmt: skip


def desk(bus: Bus) -> Desk:
    return Desk(bus, CONFIG, Watching(bus, least_delay=2 * H), PLACES)


async def packages(bus: Bus) -> list[CareOwed]:
    return [each.message async for each in bus.history(CARE_OWED)]


async def account(bus: Bus) -> RightsAccount | None:
    key = RIGHTS_ACCOUNT.key(pnr=PNR, journey=1)
    entry = (await bus.load([key]))[key]
    return entry.message if entry else None


@asynccontextmanager
async def caring(server: Server) -> AsyncIterator[None]:
    """The agent, until the block ends."""
    settings = Settings(nats_url=server.url, ack_wait=timedelta(seconds=1))
    async with Running(CARE, partial(build, config=CONFIG), settings, asyncio.Event()):
        yield


async def test_one_fact_leads_to_one_package_however_often_it_is_heard(bus: Bus) -> None:
    """Committed together with the account that answers the next delivery."""
    await put(bus, FLIGHT.of(DEAD))
    heard, agent = await say(bus, STRANDED, WAITS), desk(bus)
    for _ in range(3):
        await agent.hear([heard])
    (care,) = await packages(bus)
    kept_account = await account(bus)
    assert kept_account is not None
    assert (care.package[0].kind, kept_account.last_care) == ("refund", care.id)


async def test_of_two_replicas_one_commits(bus: Bus) -> None:
    """The other meets a conflict, and finds when it decides again that nothing has changed."""
    await put(bus, FLIGHT.of(DEAD))
    heard = await say(bus, STRANDED, WAITS)
    ended = await asyncio.gather(*(desk(bus).hear([heard]) for _ in range(4)), return_exceptions=True)
    assert {type(each) for each in ended} <= {type(None), Conflict}
    await desk(bus).hear([heard])
    assert len(await packages(bus)) == 1


async def test_an_old_fact_heard_again_after_a_newer_one_changes_nothing(bus: Bus) -> None:
    """Its cause has been answered, whatever holds by now."""
    await put(bus, FLIGHT.of(DEAD))
    first = await say(bus, STRANDED, WAITS)
    agent = desk(bus)
    await agent.hear([first])
    restored = structs.replace(kept("two", SOLD), follows="one")
    await put(bus, FLIGHT.of(SOLD))
    second = await say(bus, restored, booking(SOLD, last_fact="two"))
    await agent.hear([second])
    before = (await packages(bus), await account(bus))
    assert [each.package == () for each in before[0]] == [False, True]
    await agent.hear([first])
    assert (await packages(bus), await account(bus)) == before


async def test_a_fact_about_a_forgotten_party_is_dropped(bus: Bus) -> None:
    """No fact may name it, and no account."""
    heard = await say(bus, STRANDED, WAITS)
    key = BOOKING.key(pnr=PNR)
    await bus.commit(Commit(removals=[Removal(key, (await bus.load([key])).revision(key))]))
    await desk(bus).hear([heard])
    assert (await packages(bus), await account(bus)) == ([], None)


async def test_a_cause_that_comes_later_is_noticed(bus: Bus, server: Server) -> None:
    """The state of the flight changes, and no fact is published about the booking."""
    late = flight(EU, "MAD", late=4 * H)
    await put(bus, FLIGHT.of(late))
    await say(bus, kept("one", late), booking(flight(EU, "MAD"), last_fact="one"))
    async with caring(server):
        await eventually(lambda: packages(bus), what="a package")
        await put(bus, FLIGHT.of(structs.replace(late, cause=Cause(code="41"))))

        async def is_owed() -> bool:
            last = (await packages(bus))[-1]
            return [e.answer for e in last.package if e.kind == "compensation"] == ["owed"]

        await eventually(is_owed, what="compensation is owed")
    assert len(await packages(bus)) == 2


async def test_what_changed_while_no_agent_ran_is_noticed_by_the_next(bus: Bus, server: Server) -> None:
    """Nothing that is due is kept in a process."""
    late = flight(EU, "MAD", late=4 * H)
    await put(bus, FLIGHT.of(late))
    await say(bus, kept("one", late), booking(flight(EU, "MAD"), last_fact="one"))
    async with caring(server):
        await eventually(lambda: packages(bus), what="a package")
    await put(bus, FLIGHT.of(structs.replace(late, cause=Cause(code="71"))))
    async with caring(server):

        async def is_withdrawn() -> bool:
            return (await packages(bus))[-1].withdrawn == ("compensation",)

        await eventually(is_withdrawn, what="compensation is withdrawn")


def aboard(on: Flight) -> SeatLedger:
    """The party's seats on it."""
    return SeatLedger(
        flight=on.flight, destination=on.destination, phase=on.phase, departs=on.departs, arrives=on.arrives,
        capacity=on.seats, last_change=on.last_change, holders={PNR: Holding("economy", 2)},
    )  # fmt: skip


async def test_passengers_of_a_flight_that_lands_late_are_found(bus: Bus, server: Server) -> None:
    """Late in the air alone, so that no one was moved or written to."""
    on = flight(EU, "MAD")
    await put(bus, FLIGHT.of(on), BOOKING.of(booking(on)), SEAT_LEDGER.of(aboard(on)))
    async with caring(server):
        await put(bus, FLIGHT.of(gone(on, "arrived", late=3 * H)))
        (care,) = await eventually(lambda: packages(bus), what="a package")
    assert "compensation" in {each.kind for each in care.package}


async def test_a_cause_is_corrected_after_arrival(bus: Bus, server: Server) -> None:
    """The account is closed by then; the flight's state changes, and no fact is published."""
    late = flight(EU, "MAD", late=4 * H, cause="41", phase="arrived")
    await put(bus, FLIGHT.of(late))
    await say(bus, kept("one", late), booking(flight(EU, "MAD"), last_fact="one"))
    async with caring(server):
        await eventually(lambda: packages(bus), what="a package")
        await put(bus, FLIGHT.of(structs.replace(late, cause=Cause(code="71"))))

        async def is_withdrawn() -> bool:
            return (await packages(bus))[-1].withdrawn == ("compensation",)

        await eventually(is_withdrawn, what="compensation is withdrawn")


async def test_a_state_that_repeats_what_is_known_is_not_looked_at(bus: Bus) -> None:
    """A feed repeats that a flight has arrived late; those on board are looked for once, and again when its cause is known."""
    late = gone(flight(EU, "MAD"), "arrived", late=3 * H)
    watching = Watching(bus, least_delay=2 * H)
    flights = bus.view(FLIGHT, lambda state, _revision, _at: state)
    await bus.start_views()

    async def due_after(state: Flight) -> set[FlightKey]:
        await put(bus, FLIGHT.of(state))
        key = FLIGHT.key(flight=state.flight)
        await flights.reach((await bus.load([key])).revision(key))
        due, names = watching.due(NOW + 9 * H)
        watching.done(names)
        return set(due.landed)

    assert await due_after(late) == {late.flight}
    assert await due_after(structs.replace(late, observed_at=late.observed_at + H)) == set()
    assert await due_after(structs.replace(late, cause=Cause(code="41"))) == {late.flight}
    await bus.stop_views()


async def test_the_evening_comes_without_a_message(bus: Bus, server: Server, nc: Client) -> None:
    """At 20:00 in Paris a party that waits without a trip is taken to stay the night."""
    on = flight(EU, "MAD", phase="cancelled")
    await put(bus, FLIGHT.of(on))
    await say(bus, stranded("one", on), booking(on, stranded=True, last_fact="one"))
    async with caring(server):
        await eventually(lambda: packages(bus), what="a package")
        await set_clock(nc, Clock(now=NOW + 6 * H, at=wall(), speed=1))

        async def has_a_hotel() -> bool:
            return "hotel" in (await packages(bus))[-1].added

        await eventually(has_a_hotel, what="a hotel")
    assert len(await packages(bus)) == 2


async def change(bus: Bus, message: BookingAmended | BookingWithdrawn, leads_to: Booking) -> Delivery[Any]:
    """Commit what the reservation system has done with the booking. Returns it as the agent hears it."""
    addressed: Addressed[Any] = (
        BOOKING_AMENDED.of(message) if isinstance(message, BookingAmended) else BOOKING_WITHDRAWN.of(message)
    )
    state = BOOKING.of(leads_to)
    revision = (await bus.load([key := _key(state)])).revision(key)
    stored = await bus.commit(Commit(facts=[Fact(addressed)], states=[Write(state, revision)]))
    return Delivery(
        message=message, subject=addressed.name, stream="LEDGER", sequence=stored[addressed.name],
        settled=stored[state.name], id=addressed.name, trace="", stored_at=NOW,
    )  # fmt: skip


async def test_a_withdrawn_booking_has_chosen_its_refund(bus: Bus) -> None:
    """Once, however often it is heard; and the account is closed."""
    await put(bus, FLIGHT.of(DEAD))
    agent = desk(bus)
    await agent.hear([await say(bus, STRANDED, WAITS)])
    gone_ = BookingWithdrawn(pnr=PNR, id="v2", version=2, journeys=(AmendedJourney(number=1),), decided_at=NOW)
    heard = await change(bus, gone_, structs.replace(WAITS, journeys=(), version=2))
    for _ in range(2):
        await agent.hear_amended([heard])
    first, last = await packages(bus)
    assert [(each.kind, each.if_declined) for care in (first, last) for each in care.package] == [
        ("refund", True),
        ("refund", False),
    ]
    kept_account = await account(bus)
    assert kept_account is not None
    assert kept_account.closed


async def test_other_flights_from_the_reservation_system_are_judged_again(bus: Bus) -> None:
    """The party that waited has a trip that arrives in time, sold as such: nothing is owed any more."""
    await put(bus, FLIGHT.of(DEAD), FLIGHT.of(OTHER_FLIGHT))
    agent = desk(bus)
    await agent.hear([await say(bus, STRANDED, WAITS)])
    sold = structs.replace(booking(OTHER_FLIGHT), version=2)
    journey = AmendedJourney(number=1, after=sold.journeys[0].legs, follows="one")
    amended = BookingAmended(
        pnr=PNR, id="v2", version=2, after=PartySummary(passengers=2, seats=2), journeys=(journey,), decided_at=NOW
    )
    await agent.hear_amended([await change(bus, amended, sold)])
    assert [[each.kind for each in care.package] for care in await packages(bus)] == [["refund"], []]
