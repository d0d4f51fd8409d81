"""What provisioning creates, what it corrects, and what it refuses to touch."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client

from bus.admin.provision import provision
from bus.admin.server import Server
from bus.admin.stream_config import new_config
from bus.errors import ApiError, Unavailable, Unsuitable
from bus.wire.api import call
from bus.wire.connection import close, connect
from contracts.streams import STREAMS, Stream
from tests.bus.admin.clusters import cluster_of_three
from tests.bus.bus_world import Wire, of_version, publish, stored

HOTEL = Stream("HOTEL", ("hotel.>",), "an agent's own stream")


@pytest.fixture
async def bare(server: Server) -> AsyncIterator[Client]:
    """A connection to a server without streams."""
    nc = await connect(server.url, name="test")
    yield nc
    await close(nc)


async def _config(nc: Client, stream: str) -> dict[str, Any]:
    config: dict[str, Any] = (await call(nc, f"STREAM.INFO.{stream}"))["config"]
    return config


async def _change(nc: Client, stream: str, **settings: Any) -> None:
    """As an operator changes a stream with another tool."""
    await call(nc, f"STREAM.UPDATE.{stream}", {**await _config(nc, stream), **settings})


async def _foreign(nc: Client, name: str, *subjects: str, messages: int = 5) -> dict[str, Any]:
    """Another application's stream with messages of its first subject; returns its state and configuration."""
    await call(nc, f"STREAM.CREATE.{name}", {"name": name, "subjects": list(subjects)})
    for _ in range(messages):
        await nc.request(subjects[0].replace(">", "x"), b"{}", timeout=5)
    info: dict[str, Any] = await call(nc, f"STREAM.INFO.{name}")
    return info


# Its own streams.


async def test_running_it_twice_changes_nothing(nc: Client) -> None:
    """The second time there is no line, and every configuration is as before."""
    before = [await _config(nc, stream.name) for stream in STREAMS]
    assert await provision(nc, STREAMS) == []
    assert [await _config(nc, stream.name) for stream in STREAMS] == before


async def test_a_setting_that_differs_is_shown_and_corrected(nc: Client) -> None:
    """A line says what it was and what it is, and the messages stay."""
    await publish(nc, range(3))
    await _change(nc, "FEED", description="something else", allow_direct=False)
    assert await provision(nc, STREAMS) == [
        "changed FEED: description was 'something else', is 'raw facts as they arrived'",
        "changed FEED: allow_direct was False, is True",
    ]
    assert await stored(nc, "FEED") == 3
    assert await provision(nc, STREAMS) == []


async def test_how_many_messages_a_subject_keeps_is_no_operators_choice(nc: Client) -> None:
    """A state is the last message of its subject, and a feed has them all. The line says what was corrected."""
    await _change(nc, "LEDGER", max_msgs_per_subject=5)
    await _change(nc, "FEED", max_msgs_per_subject=5)
    assert await provision(nc, STREAMS) == [
        "changed FEED: max_msgs_per_subject was 5, is -1",
        "changed LEDGER: max_msgs_per_subject was 5, is 1",
    ]


async def test_a_missing_stream_is_created(nc: Client) -> None:
    """The line names its subjects."""
    await call(nc, "STREAM.DELETE.DEAD")
    assert await provision(nc, STREAMS) == ["created DEAD (dead.>)"]


async def test_a_new_subject_of_a_stream_is_added(nc: Client) -> None:
    """A release with more messages needs no new stream."""
    more = [replace(s, subjects=(*s.subjects, "crew.>")) if s.name == "FEED" else s for s in STREAMS]
    (change,) = await provision(nc, more)
    assert "crew.>" in change


async def test_an_agents_own_stream_is_created_and_kept_like_the_others(nc: Client) -> None:
    """With or without it in the list, the next run changes nothing."""
    assert await provision(nc, [*STREAMS, HOTEL]) == ["created HOTEL (hotel.>)"]
    assert await provision(nc, [*STREAMS, HOTEL]) == []
    assert await provision(nc, STREAMS) == []


async def test_provisioning_from_two_places_at_once_ends_well(bare: Client, server: Server) -> None:
    """As when several machines start together."""
    other = await connect(server.url, name="other")
    try:
        await asyncio.gather(provision(bare, STREAMS), provision(other, STREAMS))
        assert await provision(bare, STREAMS) == []
    finally:
        await close(other)


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


# What an operator chose.


async def test_limits_that_an_operator_chose_are_kept(nc: Client) -> None:
    """Also where the contract has another."""
    chosen = {
        "max_age": int(timedelta(days=4).total_seconds() * 1e9),
        "max_bytes": 10**9,
        "max_msgs": 10**6,
        "max_msg_size": 65536,
        "discard": "new",
        "duplicate_window": int(60e9),
        "compression": "s2",
    }
    await _change(nc, "FEED", **chosen)
    assert await provision(nc, STREAMS) == []
    config = await _config(nc, "FEED")
    assert {key: config[key] for key in chosen} == chosen


async def test_an_age_that_is_asked_for_is_set_on_new_and_existing_streams(nc: Client) -> None:
    """Zero is for ever; a stream that is not named keeps its age."""
    await call(nc, "STREAM.DELETE.DEAD")
    ages = {"FEED": timedelta(hours=96), "PLANS": timedelta(0), "DEAD": timedelta(days=30)}
    assert await provision(nc, STREAMS, max_ages=ages) == [
        "changed FEED: max_age was 2 days, 0:00:00, is 4 days, 0:00:00",
        "changed PLANS: max_age was 14 days, 0:00:00, is for ever",
        "created DEAD (dead.>)",
    ]
    assert (await _config(nc, "DEAD"))["max_age"] == int(30 * 86400e9)
    assert await provision(nc, STREAMS) == []


@pytest.mark.slow
async def test_copies_and_placement_that_an_operator_chose_are_kept(tmp_path: Path) -> None:
    """Only a number that is asked for changes them; a new stream gets as many as the others. One of three nodes down does not
    keep provisioning from working."""
    async with cluster_of_three(tmp_path) as (cluster, nc):
        await provision(nc, STREAMS, replicas=3)
        assert await provision(nc, STREAMS) == []
        await call(nc, "STREAM.DELETE.DEAD")
        await provision(nc, STREAMS)
        assert {(await _config(nc, stream.name))["num_replicas"] for stream in STREAMS} == {3}
        await _placed(nc, HOTEL, "n0")
        assert await provision(nc, [*STREAMS, HOTEL]) == []
        config = await _config(nc, "HOTEL")
        assert (config["placement"], config["num_replicas"]) == ({"tags": ["n0"]}, 1)
        cluster.kill("n2")
        assert await provision(nc, [*STREAMS, HOTEL]) == []
        assert await provision(nc, [*STREAMS, HOTEL], replicas=1) == [
            f"changed {stream.name}: num_replicas was 3, is 1" for stream in STREAMS
        ]


async def _placed(nc: Client, stream: Stream, node: str) -> None:
    """One copy of the stream, on this node, as an operator places it."""
    config = new_config(stream, replicas=1, max_age=None) | {"placement": {"tags": [node]}}
    await call(nc, f"STREAM.CREATE.{stream.name}", config)


@pytest.mark.slow
async def test_a_stream_whose_only_node_is_down_is_named(tmp_path: Path) -> None:
    """Its settings cannot be read."""
    async with cluster_of_three(tmp_path) as (cluster, nc):
        await _placed(nc, HOTEL, "n2")
        cluster.kill("n2")
        with pytest.raises(Unavailable, match=r"^the stream HOTEL exists and does not answer; is "):
            await provision(nc, [HOTEL])


async def test_more_copies_than_the_server_can_keep_are_refused_and_nothing_changes(nc: Client) -> None:
    """It is in no cluster."""
    before = [await _config(nc, stream.name) for stream in STREAMS]
    with pytest.raises(ApiError):
        await provision(nc, STREAMS, replicas=3)
    assert [await _config(nc, stream.name) for stream in STREAMS] == before


# Other applications' streams.


async def _refusal(nc: Client, streams: tuple[Stream, ...] = STREAMS) -> str:
    with pytest.raises(Unsuitable) as refused:
        await provision(nc, streams)
    return str(refused.value)


async def test_a_foreign_stream_of_a_name_that_is_needed_is_refused_and_untouched(bare: Client) -> None:
    """One line names it, what it stores and what to do; no other stream is created."""
    before = await _foreign(bare, "PLANS", "roster.>")
    assert await _refusal(bare) == (
        "the stream PLANS (roster.>; 5 messages) was not created by irops; nothing was changed: give irops an account of its "
        "own on this server (deploy/README.md), or let the other application use another stream"
    )
    after = await call(bare, "STREAM.INFO.PLANS")
    assert (after["config"], after["state"]) == (before["config"], before["state"])
    assert (await call(bare, "STREAM.NAMES"))["streams"] == ["PLANS"]


async def test_a_foreign_stream_of_our_name_and_subjects_is_refused_too(bare: Client) -> None:
    """The line says how to mark it, if it is the system's after all."""
    await _foreign(bare, "PLANS", "plan.proposed.>")
    refusal = await _refusal(bare)
    assert "the stream PLANS (plan.proposed.>; 5 messages) was not created by irops (if it was, mark it: " in refusal
    await _change(bare, "PLANS", metadata={"irops": "1"})
    await provision(bare, STREAMS)
    assert (await _config(bare, "PLANS"))["allow_atomic"] is True


@pytest.mark.parametrize("subject", ["plan.>", "plan.proposed.K7QX2M.*", "*.proposed.>", ">"])
async def test_a_foreign_stream_that_stores_our_subjects_is_named(bare: Client, subject: str) -> None:
    """Whatever its name; nothing is created."""
    config = {
        "name": "ARCHIVE",
        "subjects": [subject],
        "no_ack": subject[0] in "*>",
    }  # the server demands it of the widest
    await call(bare, "STREAM.CREATE.ARCHIVE", config)
    refusal = await _refusal(bare)
    assert re.match(r"the stream ARCHIVE \(.*; \d+ messages\) stores subjects that irops needs for ", refusal)
    assert "PLANS" in refusal
    assert refusal.count("ARCHIVE") == 1
    assert (await call(bare, "STREAM.NAMES"))["streams"] == ["ARCHIVE"]


async def test_a_subject_added_to_our_stream_is_named_and_kept(nc: Client) -> None:
    """Its messages would no longer be stored."""
    await _change(nc, "PLANS", subjects=["plan.proposed.>", "roster.>"])
    assert "the stream PLANS has subjects that are not irops's: roster.>;" in await _refusal(nc)
    assert (await _config(nc, "PLANS"))["subjects"] == ["plan.proposed.>", "roster.>"]


async def test_an_agents_stream_does_not_take_over_another_agents(nc: Client) -> None:
    """Two that chose one name, and one that stores another's subjects, are refused."""
    await provision(nc, [HOTEL])
    assert "HOTEL has subjects that are not irops's: hotel.>" in await _refusal(
        nc, (replace(HOTEL, subjects=("inn.>",)),)
    )
    assert "the stream HOTEL (hotel.>; 0 messages) stores subjects that irops needs for INN" in await _refusal(
        nc, (replace(HOTEL, name="INN"),)
    )


async def test_every_problem_is_in_the_refusal(bare: Client) -> None:
    """All are solved in one go."""
    await _foreign(bare, "PLANS", "roster.>")
    await _foreign(bare, "CALENDAR", "notice.>")
    refusal = await _refusal(bare)
    assert "\n" not in refusal
    assert "PLANS" in refusal
    assert "CALENDAR" in refusal


# Servers that cannot serve.


@pytest.mark.parametrize("version", ["2.11.11", "2.9.0", "1.4.1"])
async def test_a_server_below_2_12_is_refused_before_anything_is_written(
    bare: Client, server: Server, version: str
) -> None:
    """It would accept atomic batches and not keep the promise."""
    async with Wire(server.port, rewrite=of_version(version)) as wire:
        nc = await connect(wire.url, name="test")
        with pytest.raises(Unsuitable, match=rf"^nats-server 2\.12 or later is needed, this is {version}; "):
            await provision(nc, STREAMS)
        await close(nc)
    assert (await call(bare, "STREAM.NAMES"))["streams"] is None


async def test_a_server_from_2_12_on_will_do(server: Server) -> None:
    """As far as its version goes."""
    async with Wire(server.port, rewrite=of_version("2.12.0")) as wire:
        nc = await connect(wire.url, name="test")
        assert len(await provision(nc, STREAMS)) == len(STREAMS)
        await close(nc)


async def test_a_setting_that_did_not_take_effect_is_named(server: Server) -> None:
    """As where another node of the cluster, an older one, answers."""
    async with Wire(
        server.port, rewrite=lambda data: data.replace(b'"allow_atomic": true', b'"allow_atomic": null')
    ) as wire:
        nc = await connect(wire.url, name="test")
        with pytest.raises(
            Unsuitable, match=r"^the server accepted the stream FEED without allow_atomic; does every node"
        ):
            await provision(nc, STREAMS)
        await close(nc)
