"""What an agent may do on a server that admits only users it knows: what follows from its declaration, and nothing more.

That the agents can do all they have to is shown by a storm under these permissions (`tests/irops/test_irops_users.py`).
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError, TimeoutError

from bus import Agent, Bus
from bus.access.keys import key_in, make_key
from bus.access.permissions import permissions
from bus.access.users import User, users_conf
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server
from bus.wire.connection import close, connect
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS
from contracts.ledger import BOOKING, SEAT_LEDGER
from contracts.plans import PLAN_PROPOSED
from contracts.streams import STREAMS
from tests.bus.bus_world import name, stored
from tests.support import eventually

ECHO = Agent("echo", hears=(FLIGHT_STATUS,), says=(FLIGHT_CHANGED,), keeps=(FLIGHT,), views=(SEAT_LEDGER,))
OTHER = Agent("other", hears=(FLIGHT_STATUS,), says=(PLAN_PROPOSED,), reads=(BOOKING,))


@dataclass
class Guarded:
    """A server with two agents' users and an operator."""

    keys: Path
    server: Server
    operator: Client

    @asynccontextmanager
    async def as_(self, who: str) -> AsyncIterator[tuple[Client, list[str]]]:
        """A connection with this user's key, and what the server refused it."""
        refused: list[str] = []
        nc = await connect(
            self.server.url, name=who, key=key_in(self.keys, who), on_error=lambda failure: refused.append(str(failure))
        )
        try:
            yield nc, refused
        finally:
            await close(nc)


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    """Provisioned by the operator, who may do everything."""
    keys = tmp_path / "keys"
    users = [User(agent.name, make_key(keys, agent.name)[0], permissions(agent)) for agent in (ECHO, OTHER)]
    users.append(User("operator", make_key(keys, "operator")[0], None))
    server = Server(tmp_path / "nats", users=users_conf(users))
    await server.start()
    async with AsyncExitStack() as stack:
        stack.callback(server.kill)
        operator = await connect(server.url, name="operator", key=key_in(keys, "operator"))
        stack.push_async_callback(close, operator)
        await provision(operator, STREAMS)
        await set_clock(operator)
        yield Guarded(keys, server, operator)


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(SEAT_LEDGER.key(flight=name(1)).name, id="another's state"),
        pytest.param(BOOKING.key(pnr="K7QX2M").name, id="a booking"),
        pytest.param(FLIGHT_STATUS.key(flight=name(1)).name, id="what it hears"),
        pytest.param("plan.proposed.K7QX2M.x", id="another's fact"),
        pytest.param("clock.now", id="the clock"),
        pytest.param("dead.other.FEED.1", id="another's dead letter"),
        pytest.param("ask.other.retry", id="another's question"),
        pytest.param("$JS.API.STREAM.DELETE.FLIGHTS", id="its stream's end"),
        pytest.param("$JS.API.STREAM.PURGE.FLIGHTS", id="its stream's emptying"),
        pytest.param("$JS.API.STREAM.UPDATE.FLIGHTS", id="its stream's configuration"),
        pytest.param("$JS.API.STREAM.MSG.DELETE.FLIGHTS", id="a message's deletion"),
        pytest.param("$JS.API.STREAM.CREATE.MINE", id="a new stream"),
        pytest.param("$JS.API.CONSUMER.CREATE.FEED.other", id="another's consumer"),
        pytest.param("$JS.API.CONSUMER.MSG.NEXT.FEED.other", id="another's messages"),
        pytest.param("$JS.ACK.FEED.other.1.1.1.1.1", id="another's acknowledgement"),
        pytest.param("$JS.API.DIRECT.GET.NOTICES", id="a stream it has nothing to do with"),
    ],
)
async def test_it_may_not_publish(guarded: Guarded, subject: str) -> None:
    """The server says so, and nobody who listens hears it."""
    heard: list[str] = []

    async def hear(msg: Msg) -> None:
        heard.append(msg.subject)

    await guarded.operator.subscribe(subject, cb=hear)
    await guarded.operator.flush()
    async with guarded.as_("echo") as (nc, refused):
        await nc.publish(subject, b"{}")
        await nc.flush()
        await eventually(lambda: refused, what="a refusal")
        assert f'Permissions Violation for Publish to "{subject}"'.lower() in refused[0].lower()
    await guarded.operator.flush()
    assert heard == []


@pytest.mark.parametrize("subject", ["_INBOX.other.>", "_INBOX.>", "booking.>", "ask.other.*", ">"])
async def test_it_may_not_listen_to(guarded: Guarded, subject: str) -> None:
    """Others' answers, and what no stream has handed to it."""
    async with guarded.as_("echo") as (nc, refused):
        await nc.subscribe(subject)
        await nc.flush()
        await eventually(lambda: refused, what="a refusal")
        assert f'Permissions Violation for Subscription to "{subject}"'.lower() in refused[0].lower()


async def test_following_a_stream_is_no_way_to_write_another(guarded: Guarded) -> None:
    """The server pushes what a consumer delivers to listeners only, never into a stream: else whoever may follow one could
    have it written for him."""
    target = FLIGHT.key(flight=name(1)).name
    async with guarded.as_("echo") as (nc, refused):
        delivered = await nc.subscribe("_INBOX.echo.control")
        for consumer, to in (("a", target), ("b", "_INBOX.echo.control")):
            config = {"name": consumer, "deliver_subject": to, "ack_policy": "none"}
            question = json.dumps({"stream_name": "CLOCK", "config": config}).encode()
            answer = json.loads((await nc.request(f"$JS.API.CONSUMER.CREATE.CLOCK.{consumer}", question)).data)
            assert "error" not in answer
        assert (await delivered.next_msg(timeout=5)).subject == "clock.now"  # so the one made before had its turn
        assert refused == []
    assert await stored(guarded.operator, "FLIGHTS") == 0


async def test_it_may_look_up_what_it_reads_and_not_follow_it(guarded: Guarded) -> None:
    """One key at a time, when it needs it."""
    async with guarded.as_("other") as (nc, refused):
        key = BOOKING.key(pnr="K7QX2M")
        assert (await Bus(nc, source="other").load([key]))[key] is None
        assert refused == []
        await nc.publish("$JS.API.CONSUMER.CREATE.LEDGER.mine", b"{}")
        await nc.flush()
        await eventually(lambda: refused, what="a refusal")


async def test_an_operator_may_do_everything(guarded: Guarded) -> None:
    """He mends and empties streams."""
    with pytest.raises((NoRespondersError, TimeoutError)):
        await guarded.operator.request("ask.echo.retry", b"{}", timeout=0.2)  # permitted: nobody is there
    answer = json.loads((await guarded.operator.request("$JS.API.STREAM.PURGE.FEED", b"")).data)
    assert answer["success"] is True


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    """With the file that is wanted."""
    with pytest.raises(ValueError, match=r"IROPS_KEYS is '.*': wanted a folder with echo\.nk \(No such file"):
        key_in(tmp_path, "echo")


@pytest.mark.parametrize("text", ["", "SU", "SUAKEY", "not a seed", "ü" * 58])
def test_what_is_no_key_is_named_and_not_quoted(tmp_path: Path, text: str) -> None:
    """It may be half of one."""
    (tmp_path / "echo.nk").write_text(text)
    with pytest.raises(ValueError, match=r"its echo\.nk is no user's seed$"):
        key_in(tmp_path, "echo")


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """What is there stays: others have been told of it. The folder is its owner's alone."""
    folder = tmp_path / "keys"
    public, new = make_key(folder, "echo")
    assert (new, public[0], folder.stat().st_mode & 0o777) == (True, "U", 0o700)
    assert make_key(folder, "echo") == (public, False)
