"""What provisioning makes of a server."""

import json
from dataclasses import replace

import pytest
from nats.aio.client import Client

from bus.admin.provision import provision
from bus.wire.api import call
from contracts.streams import STREAMS
from tests.bus.bus_world import publish, stored


async def test_running_it_twice_changes_nothing(nc: Client) -> None:
    """The second time there is not a line to tell."""
    before = [(await call(nc, f"STREAM.INFO.{stream.name}"))["config"] for stream in STREAMS]
    assert await provision(nc, STREAMS) == []
    assert [(await call(nc, f"STREAM.INFO.{stream.name}"))["config"] for stream in STREAMS] == before


async def test_a_stream_that_differs_is_shown_and_mended(nc: Client) -> None:
    """Each difference is a line with what was and what is now, and its messages stay."""
    await publish(nc, range(3))
    config = (await call(nc, "STREAM.INFO.FEED"))["config"]
    await call(nc, "STREAM.UPDATE.FEED", {**config, "description": "something else", "max_age": int(3600e9)})
    changes = await provision(nc, STREAMS)
    assert changes == [
        "mended FEED: description was 'something else', is 'raw facts as they arrived'",
        "mended FEED: max_age was 3600000000000, is 172800000000000",
    ]
    assert await stored(nc, "FEED") == 3
    assert await provision(nc, STREAMS) == []


async def test_a_missing_stream_is_made(nc: Client) -> None:
    """And told."""
    await call(nc, "STREAM.DELETE.DEAD")
    assert await provision(nc, STREAMS) == ["created DEAD (dead.>)"]


async def test_a_new_subject_of_a_stream_is_added(nc: Client) -> None:
    """A release that says more needs no new stream."""
    more = [replace(s, subjects=(*s.subjects, "crew.>")) if s.name == "FEED" else s for s in STREAMS]
    (change,) = await provision(nc, more)
    assert "crew.>" in change


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Nats-Rollup": "all"}, id="roll-up of all"),
        pytest.param({"Nats-Rollup": "sub"}, id="roll-up of a subject"),
        pytest.param(
            {"Nats-Schedule": "@at 2013-02-08T12:00:00Z", "Nats-Schedule-Target": "feed.flight.B6.2.JFK.2013-02-08"},
            id="schedule",
        ),
    ],
)
@pytest.mark.parametrize("stream", ["FEED", "LEDGER", "PLANS"])
async def test_no_publisher_can_rewrite_a_stream(nc: Client, headers: dict[str, str], stream: str) -> None:
    """Roll-ups and schedules are refused, and what was there stays."""
    subject = {"FEED": "feed.flight.x", "LEDGER": "ledger.flight.x", "PLANS": "plan.proposed.x"}[stream]
    await nc.request(f"{subject}.1", b"{}", timeout=2)
    await nc.request(f"{subject}.2", b"{}", timeout=2)
    answer = json.loads((await nc.request(f"{subject}.1", b"{}", timeout=2, headers=headers)).data)
    assert "error" in answer
    assert await stored(nc, stream) == 2
