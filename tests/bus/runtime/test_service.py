"""Each agent is a NATS micro service, and answers questions."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from nats.aio.client import Client
from nats.micro.service import ServiceInfo, ServicePing, ServiceStats

from bus import AskFailed, Bus, Commit, Handlers, StandDown, Unavailable, Write
from bus.admin.discovery import discover
from bus.admin.server import Server
from bus.runtime.running import Running
from bus.runtime.service import Service
from bus.settings import Settings
from contracts.asks import IMPORT_BOOKINGS, ImportBookings, Imported, Step, step_of
from contracts.flights import FLIGHT, FLIGHT_STATUS
from contracts.subject import Ask
from tests.bus.bus_world import ECHO, T0, agent_of, echo, flight, publish, settled
from tests.support import collector, eventually


class Question(msgspec.Struct):
    number: int


class Reply(msgspec.Struct):
    double: int


DOUBLE = Ask("echo", "double", Question, Reply)


async def answer(question: Question) -> Reply:
    match question.number:
        case 13:
            raise AskFailed(422, "thirteen\r\nis not doubled")
        case 14:
            raise ZeroDivisionError("secret")
        case 15:
            raise StandDown("another is active")
        case number:
            return Reply(2 * number)


@pytest.fixture
async def standing_down(nc: Client) -> AsyncIterator[list[BaseException]]:
    """The service `echo`; gives what it has been told to stand down for."""
    told: list[BaseException] = []
    service = Service(nc, "echo", {DOUBLE: answer}, stats=lambda: {"pid": 1}, stand_down=told.append)
    await service.start()
    yield told
    await service.close()


async def test_a_question_is_answered(bus: Bus, standing_down: list[BaseException]) -> None:
    """With the answer's own type."""
    assert await bus.ask(DOUBLE, Question(21)) == Reply(42)


async def test_a_bad_question_is_a_400_that_says_what_is_wrong(
    nc: Client, bus: Bus, standing_down: list[BaseException]
) -> None:
    """It names the type wanted and the place of the fault."""
    with pytest.raises(AskFailed) as failed:
        await bus.ask(Ask("echo", "double", Imported, Reply), Imported(taken=1, refused={}))
    assert (failed.value.code, failed.value.text.split(":")[0]) == (400, "not a Question")
    for nonsense in (b"", b"\xff", b"[" * 50_000):
        told = await nc.request(DOUBLE.name, nonsense, timeout=2)
        assert (told.headers or {})["Nats-Service-Error-Code"] == "400"


async def test_an_error_meant_for_the_asker_arrives_as_it_is(bus: Bus, standing_down: list[BaseException]) -> None:
    """Its code, and its text on one line, which breaks no header."""
    with pytest.raises(AskFailed) as failed:
        await bus.ask(DOUBLE, Question(13))
    assert (failed.value.code, failed.value.text) == (422, "thirteen is not doubled")


async def test_a_bug_is_a_500_that_tells_nothing_of_the_inside(
    nc: Client, bus: Bus, standing_down: list[BaseException]
) -> None:
    """Neither the answer nor the stats have its text."""
    with pytest.raises(AskFailed) as failed:
        await bus.ask(DOUBLE, Question(14))
    assert failed.value.code == 500
    told = await nc.request("$SRV.STATS.echo", b"", timeout=2)
    for seen in (failed.value.text, told.data.decode()):
        assert "secret" not in seen
        assert "ZeroDivision" not in seen
    assert await bus.ask(DOUBLE, Question(1)) == Reply(2)


async def test_whoever_was_replaced_says_so_and_stands_down(bus: Bus, standing_down: list[BaseException]) -> None:
    """The asker may ask again, and reaches the one that is active."""
    with pytest.raises(AskFailed) as failed:
        await bus.ask(DOUBLE, Question(15))
    assert failed.value.code == 503
    assert len(standing_down) == 1


async def test_where_nobody_answers_the_bus_says_who_is_missing(bus: Bus) -> None:
    """At once, without waiting for the time-out."""
    with pytest.raises(Unavailable, match="is the booker running"):
        await bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=()), timeout=timedelta(seconds=30))


async def test_who_answers_too_late_is_unavailable(nc: Client, bus: Bus) -> None:
    """After the time-out that was given."""
    sub = await nc.subscribe(DOUBLE.name)
    with pytest.raises(Unavailable, match=r"not answered in 0\.05 s"):
        await bus.ask(DOUBLE, Question(1), timeout=timedelta(milliseconds=50))
    await sub.unsubscribe()


async def test_an_answer_of_the_wrong_type_is_the_others_fault(nc: Client, bus: Bus) -> None:
    """A 502, as from a gateway."""

    async def nonsense(msg: Any) -> None:
        await msg.respond(b"nonsense")

    sub = await nc.subscribe(DOUBLE.name, cb=nonsense)
    with pytest.raises(AskFailed) as failed:
        await bus.ask(DOUBLE, Question(1))
    assert failed.value.code == 502
    await sub.unsubscribe()


@pytest.mark.parametrize(
    ("verb", "shape"),
    [("PING", ServicePing), ("INFO", ServiceInfo), ("STATS", ServiceStats)],
    ids=["ping", "info", "stats"],
)
async def test_an_agent_tells_of_itself_as_the_convention_has_it(
    server: Server, nc: Client, verb: str, shape: Any
) -> None:
    """To all, by name, and by id; nats-py's own types read the answers."""
    async with echo(server.url):
        ping = await eventually(lambda: _ping(nc), what="an answer")
        for address in ("", ".echo", f".echo.{ping['id']}"):
            told = shape.from_dict(json.loads((await nc.request(f"$SRV.{verb}{address}", b"", timeout=2)).data))
            assert (told.name, told.id, told.type) == ("echo", ping["id"], f"io.nats.micro.v1.{verb.lower()}_response")
            if verb != "PING":
                assert {e.subject for e in told.endpoints} == {"ask.echo.step", "ask.echo.retry"}


async def _ping(nc: Client) -> Any:
    try:
        return json.loads((await nc.request("$SRV.PING.echo", b"", timeout=1)).data)
    except Exception as failure:
        return failure and None


async def test_stats_tell_how_messages_ended_and_how_far_behind_the_views_were(server: Server, nc: Client) -> None:
    """And the process they are of."""
    _, keep = collector()
    views: list[Any] = []

    async def build(bus: Bus) -> Handlers:
        views.append(bus.view(FLIGHT, lambda message, _revision, _at: message.last_change))
        return Handlers({FLIGHT_STATUS: keep})

    viewer = replace(ECHO, views=(FLIGHT,))
    async with Running(viewer, build, Settings(nats_url=server.url), asyncio.Event()):
        await publish(nc, range(5))
        await eventually(lambda: settled(nc), what="all handled")
        await Bus(nc, source="test").commit(Commit(states=[Write(FLIGHT.of(flight(1)), 0)]))
        await eventually(lambda: len(views[0]) == 1, what="seen")
        (found,) = await eventually(lambda: discover(nc, agent="echo", wait=0.1), what="its stats")
    assert (found.stats["host"], found.stats["pid"]) == (socket.gethostname(), os.getpid())
    assert found.stats["outcomes"] == {"done": 5}
    assert found.stats["queued"] == 0
    median, worst = found.stats["view_lag_ms"]
    assert 0 < median <= worst < 5000


async def test_a_standby_answers_no_questions(server: Server, nc: Client, bus: Bus) -> None:
    """Only the active one does: a step that half the replicas take would be no step."""

    async def never() -> None:
        await asyncio.Event().wait()

    _, keep = collector()
    async with agent_of(server.url, {FLIGHT_STATUS: keep}, ready=never):
        with pytest.raises(Unavailable):
            await bus.ask(step_of("echo"), Step(now=T0, upto={}))
