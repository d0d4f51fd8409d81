"""What a judge finds at a party's desk, on a real server: facts as old as they are, by the time everyone goes by."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from msgspec import structs
from nats.aio.client import Client

from agents.planner.adapters import Knowledge, load_airports
from agents.planner.config import Config
from agents.planner.deciding import Deciding
from agents.planner.desk import PartyDesk
from agents.planner.judgement.judge import Judge
from agents.planner.judgement.kinds import AGE_LIMITS
from agents.planner.judgement.limits import Limits
from bus import Bus, Commit, Write
from bus.admin.provision import set_clock
from bus.clock import wall
from contracts.clock import Clock
from contracts.ledger import BOOKING, SEAT_LEDGER
from tests.agents.planner.judgement.judgement_worlds import FakeClient
from tests.agents.planner.planner_worlds import NOW, booking, flight, ledger, party
from tests.support import eventually

DEAD = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
NEXT = flight("B6.2", "JFK-MCO", 18)
WHO = booking("ANA", DEAD, who=structs.replace(party(), remark="must be there before six"))
LIMIT = AGE_LIMITS["seats"]
PATIENT = Config(lag_limit=timedelta(hours=1))
"""It goes on planning while its view is behind."""


class HeldBack(Knowledge):
    """Whose view is behind by these, one look after the other, and then by what it is."""

    lags: Sequence[timedelta] = ()

    @property
    def lag(self) -> timedelta:
        if not self.lags:
            return super().lag
        lag, *self.lags = self.lags
        return lag


@asynccontextmanager
async def at_desk(nc: Client, *, speed: float) -> AsyncIterator[tuple[PartyDesk, HeldBack, Bus]]:
    """The desk of a party whose flight is cancelled, and behind it a planner's views, at this speed of the clock."""
    await set_clock(nc, Clock(now=NOW, at=wall(), speed=speed))
    bus = Bus(nc, source="planner")
    knows = HeldBack(bus, PATIENT.rules)
    await bus.start_views()
    ledgers = [ledger(DEAD, "ANA"), ledger(NEXT)]
    revisions = await bus.commit(
        Commit(states=[Write(SEAT_LEDGER.of(one), 0) for one in ledgers] + [Write(BOOKING.of(WHO), 0)])
    )
    await knows.reach(max(revisions.values()))
    held = (await knows.bookings(["ANA"]))["ANA"]
    zones = load_airports().zones
    yield PartyDesk(bus, knows, Deciding(bus, knows, PATIENT), PATIENT, zones=zones, held=held), knows, bus
    await bus.stop_views()


async def judged_at(desk: PartyDesk, client: FakeClient) -> str | None:
    """Why the rules decided, if they did."""
    plan = await Judge(client, Limits()).judge(desk)
    assert plan is not None
    assert plan.verdict == "move"
    assert plan.judgement is not None
    return plan.judgement.fallback


async def test_seats_are_known_as_of_when_the_view_was_last_proved_current(nc: Client) -> None:
    """Two seconds behind at a speed of sixty are two minutes; the booking was read a moment ago."""
    async with at_desk(nc, speed=60) as (desk, knows, _):
        knows.lags = [timedelta(seconds=2)] * 99
        moment = (await desk.refresh()).moment
    assert moment.now - moment.current_at == timedelta(minutes=2)
    assert moment.now - moment.read_at < timedelta(minutes=2)


async def test_in_a_lock_step_no_view_is_behind(nc: Client) -> None:
    """Time stands still until everyone has heard everything."""
    async with at_desk(nc, speed=0) as (desk, knows, _):
        knows.lags = [timedelta(minutes=30)] * 99
        moment = (await desk.refresh()).moment
    assert (moment.current_at, moment.read_at) == (NOW, NOW)


async def test_a_view_that_is_behind_is_waited_for_before_a_model_is_asked(nc: Client) -> None:
    """It is behind by six minutes, and current with the next proof, a quarter of a second later at most."""
    async with at_desk(nc, speed=60) as (desk, knows, _):
        knows.lags = [timedelta(seconds=6)] * 3
        client = FakeClient()
        assert await judged_at(desk, client) is None
    assert [user.splitlines()[-1] for user in client.users] == ["What do they ask for?"]
    assert not knows.lags


async def test_where_a_view_stays_behind_the_rules_decide_and_the_plan_says_so(nc: Client) -> None:
    """It hears nothing any more, and nobody is told of seats that may be gone."""
    async with at_desk(nc, speed=900) as (desk, knows, bus):
        await bus.stop_views()
        await eventually(lambda: knows.behind > LIMIT, what="a view behind")
        client = FakeClient()
        assert await judged_at(desk, client) == "stale"
        brief = await desk.refresh()
    assert client.asked == []
    assert {fact.kind for fact in brief.too_old} >= {"seats", "options"}


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(minutes=4)], ids=["current", "behind, and not too far"])
async def test_a_view_that_is_near_enough_is_not_waited_for(behind: timedelta, nc: Client) -> None:
    """One look is enough."""
    async with at_desk(nc, speed=1) as (desk, knows, _):
        knows.lags = [behind] * 3  # one for planning at all, one look, and how old it is
        await desk.refresh()
        assert knows.lags == []
