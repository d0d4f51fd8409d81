"""What an agent may do on a server that admits only known users: what follows from its declaration, and nothing more.

That the agents can do their work under these permissions is shown by a whole storm (`tests/irops/commands/test_users.py`).
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.aio.msg import Msg
from nats.errors import NoRespondersError, TimeoutError

from bus import Agent, Bus
from bus.access.permissions import permissions
from bus.wire.causes import shown
from contracts.dead import DEAD_LETTER
from contracts.flights import FLIGHT, FLIGHT_STATUS
from contracts.ledger import BOOKING, SEAT_LEDGER
from contracts.requests import QUOTE_WANTED
from tests.bus.access.guarded import Guarded, guarded_server
from tests.bus.bus_world import name, stored
from tests.support import eventually


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_server(tmp_path) as guarded:
        yield guarded


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(SEAT_LEDGER.key(flight=name(1)).name, id="another's state"),
        pytest.param(BOOKING.key(pnr="K7QX2M").name, id="a booking"),
        pytest.param(FLIGHT_STATUS.key(flight=name(1)).name, id="what it hears"),
        pytest.param("plan.proposed.K7QX2M.x", id="another's fact"),
        pytest.param("clock.now", id="the clock"),
        pytest.param("dead.other.FEED.1", id="a dead letter in another's name"),
        pytest.param("ask.other.retry", id="another's question"),
        pytest.param("ask.booker.forget", id="another question than the one it declares"),
        pytest.param("$JS.API.STREAM.DELETE.FLIGHTS", id="its stream's end"),
        pytest.param("$JS.API.STREAM.PURGE.FLIGHTS", id="its stream's emptying"),
        pytest.param("$JS.API.STREAM.UPDATE.FLIGHTS", id="its stream's configuration"),
        pytest.param("$JS.API.STREAM.MSG.DELETE.FLIGHTS", id="a message's deletion"),
        pytest.param("$JS.API.STREAM.CREATE.MINE", id="a new stream"),
        pytest.param("$JS.API.CONSUMER.CREATE.FEED.other", id="another's consumer"),
        pytest.param("$JS.API.CONSUMER.MSG.NEXT.FEED.other", id="another's messages"),
        pytest.param("$JS.ACK.FEED.other.1.1.1.1.1", id="another's acknowledgement"),
        pytest.param("$JS.API.DIRECT.GET.NOTICES", id="a stream it does not declare"),
        pytest.param("$JS.API.DIRECT.GET.DEAD", id="all dead letters"),
        pytest.param("$JS.API.DIRECT.GET.DEAD.dead.other.FEED.1", id="another's dead letter, by subject"),
        pytest.param("$JS.API.STREAM.MSG.GET.DEAD", id="dead letters, from the leader"),
        pytest.param("$JS.API.STREAM.INFO.DEAD", id="the subjects of dead letters"),
        pytest.param("$JS.API.CONSUMER.CREATE.DEAD.echo", id="a consumer of dead letters"),
    ],
)
async def test_it_may_not_publish(guarded: Guarded, subject: str) -> None:
    """The server refuses it, and no subscriber receives it."""
    heard: list[str] = []

    async def hear(msg: Msg) -> None:
        heard.append(msg.subject)

    await guarded.operator.subscribe(subject, cb=hear)
    await guarded.operator.flush()
    async with guarded.as_("echo") as (nc, refused):
        await nc.publish(subject, b"{}")
        await nc.flush()
        await eventually(lambda: refused, what="a refusal")
        assert refused[0] == f"not permitted to publish to {shown(subject)}".lower()
    await guarded.operator.flush()
    assert heard == []


@pytest.mark.parametrize("subject", ["_INBOX.other.>", "_INBOX.>", "booking.>", "ask.other.*", ">"])
async def test_it_may_not_listen_to(guarded: Guarded, subject: str) -> None:
    """Replies to others, and messages that no stream has delivered to it."""
    async with guarded.as_("echo") as (nc, refused):
        await nc.subscribe(subject)
        await nc.flush()
        await eventually(lambda: refused, what="a refusal")
        assert refused[0] == f"not permitted to subscribe to {shown(subject)}".lower()


async def test_following_a_stream_is_no_way_to_write_another(guarded: Guarded) -> None:
    """The server delivers a consumer's messages to subscribers only, never into a stream. Otherwise an agent that may create
    a consumer could have it write for it."""
    target = FLIGHT.key(flight=name(1)).name
    async with guarded.as_("echo") as (nc, refused):
        delivered = await nc.subscribe("_INBOX.echo.control")
        for consumer, to in (("a", target), ("b", "_INBOX.echo.control")):
            config = {"name": consumer, "deliver_subject": to, "ack_policy": "none"}
            question = json.dumps({"stream_name": "CLOCK", "config": config}).encode()
            answer = json.loads((await nc.request(f"$JS.API.CONSUMER.CREATE.CLOCK.{consumer}", question)).data)
            assert "error" not in answer
        assert (
            await delivered.next_msg(timeout=5)
        ).subject == "clock.now"  # the consumer created before it had its turn
        assert refused == []
    assert await stored(guarded.operator, "FLIGHTS") == 0


async def test_it_may_look_up_what_it_reads_and_not_follow_it(guarded: Guarded) -> None:
    """One key at a time."""
    async with guarded.as_("other") as (nc, refused):
        key = BOOKING.key(pnr="K7QX2M")
        assert (await Bus(nc, source="other").load([key]))[key] is None
        assert refused == []
        await nc.publish("$JS.API.CONSUMER.CREATE.LEDGER.mine", b"{}")
        await nc.flush()
        await eventually(lambda: refused, what="a refusal")


async def _bury(guarded: Guarded, agent: str) -> str:
    """A dead letter of this agent; returns its subject."""
    subject = DEAD_LETTER.key(agent=agent, stream="FEED", sequence=1).name
    await guarded.operator.request(subject, agent.encode(), timeout=5)
    return subject


async def test_it_may_read_its_own_dead_letters(guarded: Guarded) -> None:
    """By the subject of each."""
    subject = await _bury(guarded, "echo")
    async with guarded.as_("echo") as (nc, refused):
        letter = await nc.request(f"$JS.API.DIRECT.GET.DEAD.{subject}", timeout=5)
        assert (letter.data, refused) == (b"echo", [])


@pytest.mark.parametrize("payload", [{"multi_last": ["dead.>"]}, {"seq": 1}, {"last_by_subj": "dead.other.FEED.1"}])
async def test_reading_its_own_dead_letter_is_no_way_to_read_another(guarded: Guarded, payload: object) -> None:
    """Whatever the payload asks for, the answer is of the subject."""
    await _bury(guarded, "other")
    subject = await _bury(guarded, "echo")
    received: list[bytes] = []

    async def keep(msg: Msg) -> None:
        received.append(msg.data)

    async with guarded.as_("echo") as (nc, _):
        await nc.subscribe("_INBOX.echo.letters", cb=keep)
        await nc.publish(
            f"$JS.API.DIRECT.GET.DEAD.{subject}", json.dumps(payload).encode(), reply="_INBOX.echo.letters"
        )
        await eventually(lambda: received, what="an answer")
        await nc.request(f"$JS.API.DIRECT.GET.DEAD.{subject}", timeout=5)  # answered after all of the first answer
        assert b"other" not in received


async def test_it_may_ask_what_it_declares(guarded: Guarded) -> None:
    """And hears the answer."""

    async def answer(msg: Msg) -> None:
        await msg.respond(b"answered")

    await guarded.operator.subscribe(QUOTE_WANTED.name, cb=answer)
    await guarded.operator.flush()
    async with guarded.as_("echo") as (nc, refused):
        assert (await nc.request(QUOTE_WANTED.name, b"{}", timeout=5)).data == b"answered"
        assert refused == []


@pytest.mark.parametrize("verb", ["hears", "views", "reads"])
def test_an_agent_that_declares_dead_letters_gets_no_permissions(verb: str) -> None:
    """They quote messages of every stream."""
    curious = Agent("curious", **{verb: (DEAD_LETTER,)})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"^curious declares dead letters, which only the operator may read"):
        permissions(curious)


async def test_an_operator_may_do_everything(guarded: Guarded) -> None:
    """Empty a stream, for example."""
    with pytest.raises((NoRespondersError, TimeoutError)):
        await guarded.operator.request("ask.echo.retry", b"{}", timeout=0.2)  # permitted; no agent runs
    answer = json.loads((await guarded.operator.request("$JS.API.STREAM.PURGE.FEED", b"")).data)
    assert answer["success"] is True
