"""Each agent is a NATS micro service that answers questions."""

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
from bus.runtime.service import AT_ONCE, Service
from bus.settings import Settings
from bus.wire.api import call
from contracts.asks import IMPORT_BOOKINGS, ImportBookings, Imported, Step, step_of
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS
from contracts.subject import Ask
from tests.bus.bus_world import ECHO, T0, agent_of, echo, flight, publish, settled
from tests.support import collector, eventually


class Question(msgspec.Struct):
    number: int


class Reply(msgspec.Struct):
    double: int


class Text(msgspec.Struct):
    text: str


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
async def standing_down(nc: Client, bus: Bus) -> AsyncIterator[list[BaseException]]:
    """The service `echo`; yields the `StandDown`s that its answers raised."""
    raised: list[BaseException] = []
    service = Service(
        nc,
        "echo",
        {DOUBLE: answer},
        envelope=bus.envelope,
        metadata={},
        paused=lambda: "",
        stats=lambda: {"pid": 1},
        on_stand_down=raised.append,
    )
    await service.start()
    yield raised
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
        reply = await nc.request(DOUBLE.name, nonsense, timeout=2)
        assert (reply.headers or {})["Nats-Service-Error-Code"] == "400"


async def test_an_ask_failed_arrives_with_its_code_and_text(bus: Bus, standing_down: list[BaseException]) -> None:
    """The text is on one line, which breaks no header."""
    with pytest.raises(AskFailed) as failed:
        await bus.ask(DOUBLE, Question(13))
    assert (failed.value.code, failed.value.text) == (422, "thirteen is not doubled")


async def test_a_bug_is_a_500_without_details(nc: Client, bus: Bus, standing_down: list[BaseException]) -> None:
    """Neither the answer nor the statistics have its text."""
    with pytest.raises(AskFailed) as failed:
        await bus.ask(DOUBLE, Question(14))
    assert failed.value.code == 500
    stats = await nc.request("$SRV.STATS.echo", b"", timeout=2)
    for text in (failed.value.text, stats.data.decode()):
        assert "secret" not in text
        assert "ZeroDivision" not in text
    assert await bus.ask(DOUBLE, Question(1)) == Reply(2)


async def test_a_replaced_instance_answers_so_and_stands_down(bus: Bus, standing_down: list[BaseException]) -> None:
    """Asked again, the active one answers."""
    with pytest.raises(AskFailed) as failed:
        await bus.ask(DOUBLE, Question(15))
    assert failed.value.code == 503
    assert len(standing_down) == 1


async def test_where_no_agent_answers_the_error_names_the_missing_one(bus: Bus) -> None:
    """At once, without waiting for the timeout."""
    with pytest.raises(Unavailable, match="is the agent booker running"):
        await bus.ask(IMPORT_BOOKINGS, ImportBookings(bookings=()), timeout=timedelta(seconds=30))


async def test_an_answer_that_is_late_is_unavailable(nc: Client, bus: Bus) -> None:
    """After the timeout that was given."""
    sub = await nc.subscribe(DOUBLE.name)
    with pytest.raises(Unavailable, match=r"not answered in 0\.05 s"):
        await bus.ask(DOUBLE, Question(1), timeout=timedelta(milliseconds=50))
    await sub.unsubscribe()


async def test_an_answer_of_the_wrong_type_is_a_502(nc: Client, bus: Bus) -> None:
    """The answering side is at fault."""

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
async def test_an_agent_is_discoverable_by_the_convention(server: Server, nc: Client, verb: str, shape: Any) -> None:
    """With all services, by name, and by id; nats-py's own types read the answers."""
    async with echo(server.url):
        ping = await eventually(lambda: _ping(nc), what="an answer")
        for address in ("", ".echo", f".echo.{ping['id']}"):
            reply = shape.from_dict(json.loads((await nc.request(f"$SRV.{verb}{address}", b"", timeout=2)).data))
            assert (reply.name, reply.id, reply.type) == (
                "echo",
                ping["id"],
                f"io.nats.micro.v1.{verb.lower()}_response",
            )
            assert reply.metadata["hears"] == FLIGHT_STATUS.pattern
            assert reply.metadata["says"] == FLIGHT_CHANGED.pattern
            assert reply.metadata["streams"] == "CLOCK DEAD FEED FLIGHTS"
            if verb != "PING":
                assert {e.subject for e in reply.endpoints} == {"ask.echo.step", "ask.echo.retry"}


async def _ping(nc: Client) -> Any:
    try:
        return json.loads((await nc.request("$SRV.PING.echo", b"", timeout=1)).data)
    except Exception as failure:
        return failure and None


async def test_stats_have_outcomes_queue_lag_and_process(server: Server, nc: Client) -> None:
    """Under the names that `bus.runtime.stats` documents."""
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
        (found,) = await eventually(lambda: discover(nc, agent="echo", wait=0.1), what="its statistics")
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


async def test_an_answer_that_is_too_large_is_a_413(nc: Client, bus: Bus) -> None:
    """The asking side learns why instead of waiting for the timeout."""
    large = Ask("echo", "large", Question, Text)

    async def answer_at_length(_question: Question) -> Text:
        return Text("x" * bus.max_payload)

    service = Service(
        nc,
        "echo",
        {large: answer_at_length},
        envelope=bus.envelope,
        metadata={},
        paused=lambda: "",
        stats=dict,
        on_stand_down=lambda _: None,
    )
    await service.start()
    with pytest.raises(AskFailed, match=r"the answer is too large: 1,048,\d+ bytes, at most 1,048,576") as failed:
        await bus.ask(large, Question(1))
    assert failed.value.code == 413
    await service.close()


@pytest.fixture
async def patient(nc: Client, bus: Bus) -> AsyncIterator[tuple[Service, asyncio.Event, list[int]]]:
    """A service that answers when the event is set, and the questions that it has begun with."""
    begun: list[int] = []
    may_answer = asyncio.Event()

    async def answer_then(question: Question) -> Reply:
        begun.append(question.number)
        await may_answer.wait()
        return Reply(2 * question.number)

    service = Service(
        nc,
        "echo",
        {DOUBLE: answer_then},
        envelope=bus.envelope,
        metadata={},
        paused=lambda: "",
        stats=dict,
        on_stand_down=lambda _: None,
    )
    await service.start()
    yield service, may_answer, begun
    may_answer.set()
    await service.close()


async def test_a_question_that_takes_long_holds_up_no_other(
    bus: Bus, patient: tuple[Service, asyncio.Event, list[int]]
) -> None:
    """Both have begun before either is answered."""
    _, may_answer, begun = patient
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(bus.ask(DOUBLE, Question(number))) for number in (1, 2)]
        await eventually(lambda: sorted(begun) == [1, 2], what="both have begun")
        may_answer.set()
    assert [each.result() for each in asked] == [Reply(2), Reply(4)]


async def test_only_so_many_questions_are_answered_at_once(
    bus: Bus, patient: tuple[Service, asyncio.Event, list[int]]
) -> None:
    """The others wait, and are answered too."""
    _, may_answer, begun = patient
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(bus.ask(DOUBLE, Question(number))) for number in range(AT_ONCE + 1)]
        await eventually(lambda: len(begun) == AT_ONCE, what="as many as can be have begun")
        await bus.nc.flush()
        assert len(begun) == AT_ONCE
        may_answer.set()
    assert [each.result().double for each in asked] == [2 * number for number in range(AT_ONCE + 1)]


async def test_a_service_that_closes_answers_the_questions_it_has(
    bus: Bus, patient: tuple[Service, asyncio.Event, list[int]]
) -> None:
    """And is closed then."""
    service, may_answer, begun = patient
    async with asyncio.TaskGroup() as group:
        asked = group.create_task(bus.ask(DOUBLE, Question(4)))
        await eventually(lambda: begun == [4], what="it has begun")
        closing = group.create_task(service.close())
        may_answer.set()
    assert (asked.result(), closing.done()) == (Reply(8), True)


@pytest.mark.parametrize("ack", ["none", "explicit"])
@pytest.mark.parametrize("subject", [DOUBLE.name, "$SRV.PING.echo", "$SRV.STATS"])
async def test_a_push_consumer_aimed_at_a_service_asks_nothing(
    nc: Client, standing_down: list[BaseException], subject: str, ack: str
) -> None:
    """Its messages have no inbox to reply to. They are neither answered nor handled: an answer would acknowledge them."""
    await nc.request(FLIGHT_STATUS.key(flight=flight().flight).name, b'{"number": 15}', timeout=2)
    config = {"name": "aimed", "deliver_subject": subject, "ack_policy": ack, "deliver_policy": "all"}
    heard = await nc.subscribe(subject)
    await call(nc, "CONSUMER.CREATE.FEED.aimed", {"stream_name": "FEED", "config": config})
    assert (await heard.next_msg(timeout=2)).reply.startswith("$JS.ACK.FEED.aimed.")
    stats = json.loads((await nc.request("$SRV.STATS.echo", b"", timeout=2)).data)
    assert stats["endpoints"][0]["num_requests"] == 0
    assert standing_down == []
    assert (await call(nc, "CONSUMER.INFO.FEED.aimed"))["num_ack_pending"] == (1 if ack == "explicit" else 0)
    await heard.unsubscribe()
