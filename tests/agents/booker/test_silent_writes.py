"""The booker writes the seats of flights of which there is nothing to say without a batch, as safely as with one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from nats.aio.client import Client

from agents.booker.adapters import Ledger
from agents.booker.lease import Lease
from bus import Bus, Commit, Conflict, StandDown, Unavailable
from contracts.ledger import SEAT_LEDGER, SeatLedger
from contracts.names import FlightKey
from tests.agents.booker.booker_service import lease_of, wrote
from tests.agents.booker.booker_world import ONE, TWO, flight


class Recording(Bus):
    """Has each commit; does not send those under a guard while `is_cut_off`, as if their answers were lost before they came."""

    commits: list[Commit]
    is_cut_off = False

    async def commit(self, commit: Commit) -> dict[str, int]:
        self.commits.append(commit)
        if self.is_cut_off and commit.guards:
            raise Unavailable("not answered")
        return await super().commit(commit)


@pytest.fixture
async def booker(nc: Client) -> AsyncIterator[Recording]:
    bus = Recording(nc, source="booker")
    bus.commits = []
    await bus.start_views()
    await wrote(bus, {ONE: flight(ONE), TWO: flight(TWO)}, [])
    yield bus
    await bus.stop_views()


async def begin(bus: Recording) -> tuple[Ledger, Lease]:
    """An active booker's ledger that has both flights in memory."""
    lease = lease_of(bus, "one")
    await lease.acquire()
    ledger = Ledger(bus, lease)
    await ledger.flights([ONE, TWO])
    bus.commits.clear()
    return ledger, lease


def later(*flights: FlightKey, n: int) -> dict[FlightKey, SeatLedger]:
    return {each: flight(each, last_change=n) for each in flights}


async def stored(bus: Bus, *flights: FlightKey) -> list[int]:
    """The last change of these flights that the ledger has."""
    keys = [SEAT_LEDGER.key(flight=each) for each in flights]
    loaded = await bus.load(keys)
    return [entry.message.last_change for key in keys if (entry := loaded[key])]


@pytest.mark.parametrize(("flights", "commits"), [([ONE], 1), ([ONE, TWO], 2)], ids=["one", "two"])
async def test_each_is_written_under_the_lease(booker: Recording, flights: Sequence[FlightKey], commits: int) -> None:
    """Again and again, without a renewal between."""
    ledger, lease = await begin(booker)
    for n in (7, 8):
        await ledger.commit([], seats=later(*flights, n=n))
    assert [len(commit) for commit in booker.commits] == [1] * 2 * commits
    assert {tuple(commit.guards) for commit in booker.commits} == {(lease.renewal().addressed.name,)}
    assert await stored(booker, *flights) == [8] * commits


async def test_a_booker_that_was_taken_over_writes_no_seats(booker: Recording) -> None:
    """The lease has moved."""
    ledger, _ = await begin(booker)
    await asyncio.wait_for(lease_of(booker, "two").acquire(), 10)
    with pytest.raises(StandDown):
        await ledger.commit([], seats=later(ONE, n=7))
    assert await stored(booker, ONE) != [7]


async def test_a_write_whose_answer_is_lost_cannot_be_stored_after_a_later_one(booker: Recording) -> None:
    """It is still on its way. The seats are written again with a renewal, after which what was sent before is refused."""
    ledger, _ = await begin(booker)
    booker.is_cut_off = True
    await ledger.commit([], seats=later(ONE, n=7))
    ghost, again = booker.commits
    assert (len(again), again.guards) == (2, {})
    await ledger.commit([], seats=later(ONE, n=8))
    booker.is_cut_off = False
    with pytest.raises(Conflict):
        await booker.commit(ghost)
    assert await stored(booker, ONE) == [8]


async def test_nothing_goes_under_the_lease_until_it_is_renewed_after_a_lost_answer(booker: Recording) -> None:
    """One of two was stored, so that the batch with both conflicts: the other may be on its way."""
    ledger, lease = await begin(booker)
    assert lease.guard()
    await booker.commit(Commit(states=[lease.renewal()]))  # a renewal whose answer is lost
    with pytest.raises(Conflict):
        await ledger.commit([], seats=later(ONE, n=7))
    booker.commits.clear()
    await ledger.flights([ONE])
    await ledger.commit([], seats=later(ONE, n=7))
    await ledger.commit([], seats=later(ONE, n=8))
    assert [len(commit) for commit in booker.commits] == [2, 1]
