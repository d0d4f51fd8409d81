"""The pricer on a real server: what it publishes, restarted and in several processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from msgspec import structs
from nats.aio.client import Client

from agents.pricer.agent import PRICER, build
from agents.pricer.config import Config
from agents.pricer.pricing import Pricing
from bus import Bus, Commit, Delivery, Removal, Write, derived_id
from bus.admin.provision import set_clock
from bus.admin.server import Server
from bus.clock import wall
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.direct_get import Answered, DirectGet
from contracts.clock import Clock
from contracts.dead import DEAD_LETTER
from contracts.fares import FARE, FARE_STATUS, Fare, FareStatus
from contracts.ledger import SEAT_LEDGER, SeatLedger
from contracts.names import FlightKey
from simulation.conductor import LockStep
from tests.agents.pricer.pricer_worlds import LADDER, NOW, ONE, TWO, ledger, open_fare, status
from tests.support import Behind, eventually


@pytest.fixture
async def nc(nc: Client) -> Client:
    """A connection to a server whose event time begins at `NOW` and passes as the wall clock does."""
    await set_clock(nc, Clock(now=NOW, at=wall(), speed=1))
    return nc


def heard(report: FareStatus) -> Delivery[FareStatus]:
    """As the bus delivers it."""
    return Delivery(report, FARE_STATUS.of(report).name, "FEED", 1, 1, "one", "0" * 32, NOW)


class Desk:
    """A booker and a feed, played by the test, and the fares that are published."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self._reported = 0

    async def sell(self, *ledgers: SeatLedger) -> int:
        """Write the flights' seats in one commit. Returns its last revision."""
        keys = [SEAT_LEDGER.key(flight=each.flight) for each in ledgers]
        loaded = await self.bus.load(keys)
        writes = [Write(SEAT_LEDGER.of(each), loaded.revision(key)) for each, key in zip(ledgers, keys, strict=True)]
        return max((await self.bus.commit(Commit(states=writes))).values())

    async def report(self, *statuses: FareStatus) -> None:
        for each in statuses:
            self._reported += 1
            await self.bus.append(FARE_STATUS.of(each), identity=derived_id("fare", str(self._reported)))

    async def fare(self, flight: FlightKey = ONE) -> Fare | None:
        entry = (await self.bus.load([key := FARE.key(flight=flight)]))[key]
        return entry.message if entry else None

    async def published(self, flight: FlightKey = ONE, **fields: object) -> Fare:
        """The flight's fare, once it has these values."""

        async def there() -> Fare | None:
            fare = await self.fare(flight)
            if fare is None or any(getattr(fare, name) != value for name, value in fields.items()):
                return None
            return fare

        found: Fare = await eventually(there, what=f"{flight} with {fields}")
        return found

    async def messages(self) -> int:
        """How many fares were ever published."""
        return (await self.bus.nc.jetstream().stream_info("FARES")).state.last_seq


@pytest.fixture
def desk(bus: Bus) -> Desk:
    return Desk(bus)


@asynccontextmanager
async def pricers(server: Server, *configs: Config) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for config in configs or (Config(),):
            start = partial(build, config=config)
            settings = Settings(nats_url=server.url, ack_wait=timedelta(seconds=1))
            await stack.enter_async_context(Running(PRICER, start, settings, asyncio.Event()))
        yield


async def test_a_flight_is_priced_by_the_ladder_and_again_when_its_rung_changes(server: Server, desk: Desk) -> None:
    """Not with the seats between: of four commits two are messages, and each names the revision that it rests on."""
    first = await desk.sell(ledger(30))
    async with pricers(server):
        assert (await desk.published(source="ladder", because="opened")).ledger == first
        await desk.sell(ledger(25))
        await desk.sell(ledger(19))
        last = await desk.sell(ledger(17))
        assert (await desk.published(because="seats")).ledger == last
    assert await desk.messages() == 2


async def test_one_seat_back_and_forth_makes_no_message(server: Server, desk: Desk) -> None:
    """After the one that says it is taken, across the edge of a rung."""
    await desk.sell(ledger(18))
    async with pricers(server):
        await desk.published(because="opened")
        await desk.sell(ledger(17))
        await desk.published(because="seats")
        for free in (18, 17, 18, 17):
            await desk.sell(ledger(free))
        await desk.sell(ledger(17), ledger(100, flight=TWO))  # what comes after it is known to be heard
        await desk.published(TWO)
    assert await desk.messages() == 3


async def test_a_feeds_fares_are_taken_over_late_repeated_and_out_of_order(server: Server, desk: Desk) -> None:
    """The newest holds; the ladder's are gone. What is older or repeated is no message."""
    newest = status(open_fare("120", 4), minute=-1)
    await desk.sell(ledger(100))
    async with pricers(server):
        await desk.published(source="ladder")
        await desk.report(newest)
        assert (await desk.published(source="feed")).fares == newest.fares
        await desk.report(status(open_fare("60", 4), minute=-3), newest, status(flight=TWO))
        await desk.published(TWO)
        assert (await desk.published()).fares == newest.fares
    assert await desk.messages() == 3


async def test_another_spelling_of_a_flight_is_the_flight(server: Server, desk: Desk) -> None:
    """As in statuses of flights."""
    await desk.sell(ledger(100))
    async with pricers(server):
        await desk.report(status(open_fare("120", 4), flight=ONE.replace("B6.1.", "jbu.001.")))
        assert (await desk.published(source="feed")).flight == ONE


async def test_what_no_flight_can_have_is_a_dead_letter(server: Server, desk: Desk) -> None:
    """With the reason; the others of the group are heard."""
    await desk.sell(ledger(100))
    async with pricers(server):
        await desk.report(
            status(open_fare("120.999", 4)), status(open_fare("99", 1), minute=60 * 25), status(open_fare("120", 4))
        )
        await desk.published(source="feed")

        async def dead() -> list[str]:
            found = [letter.message.reason async for letter in desk.bus.history(DEAD_LETTER)]
            return found if len(found) == 2 else []

        reasons = await eventually(dead, what="two dead letters")
    assert sorted("decimals" in reason for reason in reasons) == [False, True]
    assert sum("ahead of the clock" in reason for reason in reasons) == 1


async def test_a_cancelled_flight_is_closed_and_open_again_when_it_is_restored(server: Server, desk: Desk) -> None:
    """A feed's fares come back with it."""
    await desk.sell(ledger(100))
    async with pricers(server):
        await desk.report(status(open_fare("120", 4)))
        fare = await desk.published(source="feed")
        await desk.sell(ledger(100, phase="cancelled"))
        assert (await desk.published(closed=True)).fares == ()
        await desk.sell(ledger(100))
        assert (await desk.published(closed=False, because="opened")).fares == fare.fares


async def test_time_alone_closes_a_flight(server: Server, desk: Desk, nc: Client) -> None:
    """It leaves in an hour; 20 minutes later sale has ended, without a message from anyone."""
    await desk.sell(ledger(100, departs=NOW + timedelta(hours=1)))
    async with pricers(server):
        await desk.published(because="opened")
        await set_clock(nc, Clock(now=NOW + timedelta(minutes=20), at=wall(), speed=1))
        await desk.published(because="closed")


async def test_a_flight_that_the_ledger_has_no_more_is_closed(server: Server, desk: Desk) -> None:
    """No seat of it can be sold."""
    revision = await desk.sell(ledger(100))
    async with pricers(server):
        await desk.published(because="opened")
        await desk.bus.commit(Commit(removals=[Removal(SEAT_LEDGER.key(flight=ONE), revision)]))
        await desk.published(closed=True, ledger=0)


async def test_a_restart_publishes_what_has_changed_meanwhile_and_nothing_else(server: Server, desk: Desk) -> None:
    """Hysteresis goes on where it was: the seats are those of a lower rung, and too few more for it."""
    await desk.sell(ledger(17), ledger(100, flight=TWO))
    async with pricers(server):
        await desk.published()
        await desk.published(TWO)
    await desk.sell(ledger(20), ledger(2, flight=TWO))
    async with pricers(server):
        await desk.published(TWO, because="seats")
    assert await desk.messages() == 3


async def test_replicas_publish_each_fare_once(server: Server, desk: Desk) -> None:
    """Two with the same ladder see the same; the slower one finds the state as it would write it."""
    await desk.sell(*(ledger(30, flight=f"B6.{n}.JFK.2013-02-09") for n in range(1, 41)))
    async with pricers(server, Config(), Config()):
        for n in range(1, 41):
            await desk.published(f"B6.{n}.JFK.2013-02-09", because="opened")
        await desk.sell(*(ledger(10, flight=f"B6.{n}.JFK.2013-02-09") for n in range(1, 41)))
        for n in range(1, 41):
            await desk.published(f"B6.{n}.JFK.2013-02-09", because="seats")
    assert await desk.messages() == 80


async def test_a_fare_of_an_older_ledger_never_replaces_a_newer_one(nc: Client, desk: Desk) -> None:
    """Of two replicas one reads from a server that is behind. The other has published on the newest seats: so does it."""
    await desk.sell(ledger(100))
    slow, quick = Bus(nc, source="pricer", direct=Behind(nc)), Bus(nc, source="pricer")
    behind, ahead = Pricing(slow, LADDER), Pricing(quick, LADDER)
    async with AsyncExitStack() as stack:
        for bus, pricing in ((slow, behind), (quick, ahead)):
            await bus.start_views()
            stack.push_async_callback(bus.stop_views)
            await pricing.start()
        await behind.due(NOW)
        last = await desk.sell(ledger(3))
        await quick.reach({"LEDGER": last})
        await ahead.due(NOW + timedelta(seconds=5))
        assert (await desk.published()).ledger == last
        await behind.hear([heard(status(open_fare("120", 9)))])
    fare = await desk.published(source="feed")
    assert (fare.ledger, [each.seats for each in fare.fares]) == (last, [1])


class Held(DirectGet):
    """Reads, once `holding` is set, that wait until they are let `go`."""

    def __init__(self, nc: Client) -> None:
        super().__init__(nc)
        self.holding, self.asked, self.go = False, asyncio.Event(), asyncio.Event()

    async def answered(self, stream: str, asked: dict[str, Any], what: str, *, timeout: float, tries: int) -> Answered:
        if self.holding:
            self.asked.set()
            await self.go.wait()
        return await super().answered(stream, asked, what, timeout=timeout, tries=tries)


async def test_a_replica_with_another_ladder_leaves_what_was_published_since_it_was_woken(
    nc: Client, desk: Desk
) -> None:
    """Both see the same seats at one moment; the quicker one's fare is there when the other looks at what is stored."""
    await desk.sell(ledger(100))
    held = Held(nc)
    slow, quick = Bus(nc, source="pricer", direct=held), Bus(nc, source="pricer")
    behind, ahead = Pricing(slow, structs.replace(LADDER, fixed=LADDER.fixed + 10)), Pricing(quick, LADDER)
    async with AsyncExitStack() as stack:
        for bus, pricing in ((slow, behind), (quick, ahead)):
            await bus.start_views()
            stack.push_async_callback(bus.stop_views)
            await pricing.start()
            await pricing.due(NOW + timedelta(seconds=5))
        last = await desk.sell(ledger(3))
        for bus in (slow, quick):
            await bus.reach({"LEDGER": last})
        held.holding = True
        async with asyncio.TaskGroup() as looking:
            looking.create_task(behind.due(NOW + timedelta(minutes=1)))
            await held.asked.wait()
            await ahead.due(NOW + timedelta(minutes=1))
            held.go.set()
    assert (await desk.published()).ladder == LADDER.id


async def test_another_ladder_restates_all_fares_when_it_starts(server: Server, desk: Desk) -> None:
    """And two replicas that disagree do not replace each other's states for ever."""
    other = structs.replace(LADDER, fixed=LADDER.fixed + 10)
    await desk.sell(ledger(30))
    async with pricers(server):
        await desk.published(ladder=LADDER.id)
        async with pricers(server, Config(ladder=other)):
            await desk.published(ladder=other.id, because="ladder")
            await desk.report(status(flight=TWO))
            await desk.published(TWO)
            await desk.sell(ledger(30, flight=TWO), ledger(29))
            await desk.published(TWO, because="opened")
            messages = await desk.messages()
    assert messages <= 6


async def test_in_lock_step_time_is_stepped_to_and_each_run_is_the_same(server: Server, desk: Desk) -> None:
    """Both rungs of days, the end of sale, and a commit on the way are published at their own instants."""
    departs = NOW + timedelta(days=8)
    await set_clock(desk.bus.nc, Clock(now=NOW, at=wall(), speed=0))
    await desk.sell(ledger(30, departs=departs))
    seen: list[tuple[datetime, str]] = []

    async def note() -> None:
        if (fare := await desk.fare()) and (fare.observed_at, fare.because) not in seen:
            seen.append((fare.observed_at, fare.because))

    async with pricers(server):
        conductor = LockStep(desk.bus, ["pricer"])
        for day in (0, 1, 2, 5, 8):
            if day == 2:
                await desk.sell(ledger(5, departs=departs))
            await conductor.settle(NOW + timedelta(days=day))
            await note()
    assert seen == [
        (NOW, "opened"),
        (departs - timedelta(days=7), "time"),
        (NOW + timedelta(days=2), "seats"),
        (departs - timedelta(days=3), "time"),
        (departs - timedelta(minutes=45), "closed"),
    ]
