"""What a judge finds in a party's case file, on a real server: facts with their age in event time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from msgspec import structs
from nats.aio.client import Client

from agents.planner.case_file import LiveCaseFile
from agents.planner.config import Config
from agents.planner.domain import Reservations
from agents.planner.judgement.judge import Judge
from agents.planner.judgement.limits import Limits
from agents.planner.live_planner import AffectedJourney, LivePlanner
from bus import Bus, Commit, Write
from bus.admin.provision import set_clock
from bus.airports import zones
from bus.clock import wall
from contracts.clock import Clock
from contracts.judgement import Wishes
from contracts.ledger import BOOKING, SEAT_LEDGER
from contracts.rules import RULES_IN_FORCE
from tests.agents.planner.judgement.judgement_worlds import FakeClient
from tests.agents.planner.lagging import LaggingViews
from tests.agents.planner.planner_worlds import IN_FORCE, NOW, booking, flight, ledger, only, party

CANCELLED = flight("B6.1", "JFK-MCO", 14, phase="cancelled", last_disruption=1)
NEXT = flight("B6.2", "JFK-MCO", 18)
WHO = booking("ANA", CANCELLED, who=structs.replace(party(), remark="must be there before six"))
PATIENT = Config(lag_limit=timedelta(hours=1))
"""Plans however far the view lags."""


@asynccontextmanager
async def case_file(
    nc: Client, *, speed: float, patience: timedelta = timedelta(seconds=0.5)
) -> AsyncIterator[tuple[LiveCaseFile, LaggingViews, LivePlanner]]:
    """The case file of a party whose flight is cancelled, with a planner's views, at this speed of event time."""
    await set_clock(nc, Clock(now=NOW, at=wall(), speed=speed))
    bus = Bus(nc, source="planner")
    reservations = Reservations()
    views = LaggingViews(bus, reservations, countries={})
    await bus.start_views()
    ledgers = [ledger(CANCELLED, "ANA"), ledger(NEXT, economy=1)]
    revisions = await bus.commit(
        Commit(
            states=[
                *(Write(SEAT_LEDGER.of(one), 0) for one in ledgers),
                Write(BOOKING.of(WHO), 0),
                Write(RULES_IN_FORCE.of(IN_FORCE), 0),
            ]
        )
    )
    await views.reach(max(revisions.values()))
    stored = (await views.bookings(["ANA"]))["ANA"]
    live = LivePlanner(bus, views, reservations, PATIENT)
    yield LiveCaseFile(live, AffectedJourney(stored, 1), zones=zones(), patience=patience), views, live
    await bus.stop_views()


async def fallback_of(judged: LiveCaseFile, client: FakeClient) -> str | None:
    """Why the rules decided, if they did."""
    plan = await Judge(client, Limits()).judge(judged)
    assert plan is not None
    assert plan.verdict == "move"
    assert plan.judgement is not None
    return plan.judgement.fallback


async def test_seats_are_known_as_of_when_the_view_was_last_proved_current(nc: Client) -> None:
    """Two seconds of lag at a speed of sixty are two minutes of event time; the booking has just been read."""
    async with case_file(nc, speed=60) as (of_ana, views, _):
        views.set_lag = timedelta(seconds=2)
        moment = (await of_ana.refresh()).moment
    assert moment.now - moment.current_at == timedelta(minutes=2)
    assert moment.now - moment.read_at < timedelta(minutes=2)


async def test_in_lock_step_no_view_lags_in_event_time(nc: Client) -> None:
    """Event time stands still until every agent has handled everything."""
    async with case_file(nc, speed=0) as (of_ana, views, _):
        views.set_lag = timedelta(minutes=30)
        moment = (await of_ana.refresh()).moment
    assert (moment.current_at, moment.read_at) == (NOW, NOW)


async def test_a_lagging_view_is_waited_for_before_a_model_is_asked(nc: Client) -> None:
    """It lags by six minutes, and is current with the next proof, a quarter of a second later at most."""
    async with case_file(nc, speed=60) as (of_ana, views, _):
        views.set_lag, views.current_after = timedelta(seconds=6), 3
        client = FakeClient()
        assert await fallback_of(of_ana, client) is None
    assert [user.splitlines()[-1] for user in client.users] == ["What do they ask for?"]
    assert views.looks > 3


async def test_where_a_view_keeps_lagging_the_rules_decide_and_the_plan_says_so(nc: Client) -> None:
    """No model is asked about seats that may be gone."""
    async with case_file(nc, speed=900, patience=timedelta(milliseconds=40)) as (of_ana, views, _):
        views.set_lag = timedelta(seconds=1)
        client = FakeClient()
        assert await fallback_of(of_ana, client) == "stale"
        brief = await of_ana.refresh()
    assert client.asked == []
    assert {fact.kind for fact in brief.too_old} >= {"seats", "options"}


@pytest.mark.parametrize("lag", [timedelta(0), timedelta(minutes=4)], ids=["current", "lagging within the limit"])
async def test_a_view_within_the_limit_is_not_waited_for(lag: timedelta, nc: Client) -> None:
    """One look is enough."""
    async with case_file(nc, speed=1) as (of_ana, views, _):
        views.set_lag, views.looks = lag, 0
        await of_ana.refresh()
        assert views.looks == 3  # one to plan at all, one to ask a model, and one for the age of the seats


async def test_a_party_keeps_the_seats_of_its_latest_plan_only(nc: Client) -> None:
    """Planned again and again, it has one reservation, and does not compete with itself for the last seat."""
    async with case_file(nc, speed=1) as (looked_at, _, live):
        reservation = live.reservations.reserve(only(WHO, [CANCELLED, NEXT]), WHO)
        of_ana = LiveCaseFile(live, looked_at.journey, reservation, zones={})
        plans = [of_ana.plan(Wishes(), None) for _ in range(3)]
        assert [plan.verdict for plan in plans if plan] == ["move"] * 3
        assert dict(live.reservations.seats) == {(NEXT.flight, "economy"): 1}


async def test_looking_at_a_party_changes_none_of_its_reservations(nc: Client) -> None:
    """An operator asks for the prompt of a party that is being judged: its seats stay reserved, and it may still have them."""
    async with case_file(nc, speed=1) as (looked_at, _, live):
        with live.reservations.reserve(only(WHO, [CANCELLED, NEXT]), WHO):
            brief = await looked_at.refresh()
            assert dict(live.reservations.seats) == {(NEXT.flight, "economy"): 1}
    assert brief.plan is not None
    assert brief.plan.verdict == "move"
