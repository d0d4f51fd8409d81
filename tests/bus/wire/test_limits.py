"""Limits of a server: what is too large for it is refused with both sizes, and what it has no room for says so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client

from bus import Bus, Commit, Fact, TooLarge, Unavailable, Write
from bus.admin.provision import provision, set_clock
from bus.errors import ApiError
from bus.wire.api import call, last_sequence
from bus.wire.batch import Message, send
from bus.wire.connection import close, connect
from bus.wire.envelope import COMMIT
from bus.wire.publish import publish as store
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.flights import FLIGHT, FLIGHT_CHANGED, FLIGHT_STATUS
from contracts.streams import STREAMS
from tests.bus.bus_world import T0, agent_of, changed, consumer_info, echo, flight, publish, status
from tests.bus.wire.servers import configured
from tests.support import eventually

LETTER = DeadLetter(
    agent="echo",
    stream="FEED",
    sequence=1,
    subject="x",
    reason="x",
    traceback="",
    headers={},
    payload=b"x" * 70_000,
    at=T0,
)


@asynccontextmanager
async def provisioned(folder: Path, config: str = "", *, limits: str = "") -> AsyncIterator[tuple[str, Client]]:
    """A server with this configuration and all streams: its address, and a connection."""
    async with configured(folder, config, jetstream=limits) as server:
        nc = await connect(server.url, name="test")
        try:
            await provision(nc, STREAMS)
            await set_clock(nc)
            yield server.url, nc
        finally:
            await close(nc)


async def test_a_message_over_max_payload_is_refused_with_its_size_and_the_limit(tmp_path: Path) -> None:
    """By a commit, a fact, an append and a plain request; the connection stays."""
    async with provisioned(tmp_path, "max_payload: 64KB") as (_, nc):
        bus = Bus(nc, source="test")
        letter = DEAD_LETTER.of(LETTER)
        words = r"dead\.echo\.FEED\.1: 9\d,\d{3} bytes with headers, and the server takes 65,536 \(max_payload\)"
        for attempt in (
            lambda: bus.commit(Commit(facts=[Fact(letter)])),
            lambda: bus.emit_once([Fact(letter)]),
            lambda: bus.append(letter, identity="x"),
            lambda: nc.request(letter.name, b"x" * 93_500),
        ):
            with pytest.raises(TooLarge, match=words):
                await attempt()
        assert await last_sequence(nc, "DEAD") == 0
        await bus.append(FLIGHT_STATUS.of(status()), identity="small")


async def test_headers_count_towards_max_payload(tmp_path: Path) -> None:
    """The server closes the connection for good where a client leaves them out."""
    async with provisioned(tmp_path, "max_payload: 64KB") as (_, nc):
        with pytest.raises(TooLarge, match=r"65,5[4-9]\d bytes"):
            await store(nc, "feed.x", b"x" * 65_530, {"ce-id": "x"})
        await nc.flush()
        assert nc.is_connected


async def test_a_batch_with_one_message_too_large_sends_none(tmp_path: Path) -> None:
    """Half of a batch would stay open at the server."""
    async with provisioned(tmp_path, "max_payload: 64KB") as (_, nc):
        facts = [Fact(DEAD_LETTER.of(letter)) for letter in (LETTER, replaced(LETTER, 2, b""))]
        with pytest.raises(TooLarge):
            await Bus(nc, source="test").commit(Commit(facts=facts))
        assert await last_sequence(nc, "DEAD") == 0
        await Bus(nc, source="test").commit(Commit(facts=facts[1:]))


def replaced(letter: DeadLetter, sequence: int, payload: bytes) -> DeadLetter:
    return DeadLetter(
        agent=letter.agent,
        stream=letter.stream,
        sequence=sequence,
        subject=letter.subject,
        reason=letter.reason,
        payload=payload,
        at=letter.at,
    )


async def test_a_handler_that_writes_too_large_a_message_gets_a_dead_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a bug like any other: retried a few times, never for ever."""
    monkeypatch.setattr("bus.runtime.worker.BUG_PAUSES", ())
    async with provisioned(tmp_path, "max_payload: 64KB") as (url, nc):
        buses: list[Bus] = []

        async def hear(_group: object) -> None:
            await buses[0].emit_once([Fact(DEAD_LETTER.of(LETTER))])

        await publish(nc, [1])
        async with agent_of(url, {FLIGHT_STATUS: hear}) as bus:
            buses.append(bus)
            await eventually(lambda: _acknowledged(nc), what="the message has ended")
        key = DEAD_LETTER.key(agent="echo", stream="FEED", sequence=1)
        letter = (await Bus(nc, source="test").load([key]))[key]
        assert letter is not None
        assert "bytes with headers, and the server takes 65,536 (max_payload)" in letter.message.reason


async def _acknowledged(nc: Client) -> bool:
    try:
        return bool((await consumer_info(nc))["ack_floor"]["stream_seq"] == 1)
    except ApiError:
        return False


@pytest.mark.parametrize("limit", ["2KB", "8KB"])
async def test_a_dead_letter_fits_into_a_message_of_any_server(tmp_path: Path, limit: str) -> None:
    """Payload, headers and traceback are left out where they would not fit, and the reason says where they are."""
    async with provisioned(tmp_path, f"max_payload: {limit}") as (url, nc):
        nonsense = b"x" * (1000 if limit == "2KB" else 5000)
        await nc.request(FLIGHT_STATUS.of(status()).name, nonsense, timeout=2)
        async with echo(url):
            await eventually(lambda: _acknowledged(nc), what="the message has ended")
        key = DEAD_LETTER.key(agent="echo", stream="FEED", sequence=1)
        letter = (await Bus(nc, source="test").load([key]))[key]
        assert letter is not None
        assert letter.message.payload == b""
        assert f"(its {len(nonsense)} bytes are in FEED alone)" in letter.message.reason


async def _fill(nc: Client) -> str:
    """Stores messages until there is no room; returns the error."""
    await call(nc, "STREAM.CREATE.BALLAST", {"name": "BALLAST", "subjects": ["ballast"], "storage": "file"})
    while True:
        try:
            await store(nc, "ballast", b"x" * 1000, {}, tries=1)
        except (Unavailable, ApiError) as failure:
            return str(failure)


async def test_a_full_store_is_the_cause(tmp_path: Path) -> None:
    """Of an append and a batch, with what to do."""
    async with provisioned(tmp_path, limits="max_file_store: 64KB") as (_, nc):
        assert "free space on the server" in await _fill(nc)
        batch = [batch_message(1), batch_message(2)]
        with pytest.raises((Unavailable, ApiError), match="free space on the server"):
            await send(nc, "FLIGHTS", batch, tries=2)


def batch_message(number: int) -> Message:
    fact = FLIGHT_CHANGED.of(changed(number))
    return Message(fact.name, fact.message, {COMMIT: "x.2"})


async def test_an_agent_waits_for_a_full_store_and_logs_the_cause(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it could not write is written when there is room again."""
    async with provisioned(tmp_path, limits="max_file_store: 64KB") as (url, nc):
        await publish(nc, [1])
        await _fill(nc)
        async with echo(url):
            await eventually(lambda: "free space on the server" in capsys.readouterr().out, what="the cause in the log")
            await call(nc, "STREAM.DELETE.BALLAST")
            await eventually(lambda: _acknowledged(nc), what="the message is done", within=20)
        assert await last_sequence(nc, "FLIGHTS") == 1


async def test_a_server_without_jetstream_is_the_cause(tmp_path: Path) -> None:
    """It answers nothing about streams."""
    async with configured(tmp_path, "", jetstream=None) as server:
        nc = await connect(server.url, name="test")
        with pytest.raises(Unavailable, match=r"the server has no JetStream; start nats-server with JetStream \(-js\)"):
            await call(nc, "STREAM.INFO.FEED")
        await close(nc)


async def test_an_account_without_jetstream_is_the_cause(tmp_path: Path) -> None:
    """The server has it, for other accounts."""
    accounts = "accounts { A: { users: [ { user: a, password: a } ] }, B: { jetstream: enabled } }"
    async with configured(tmp_path, accounts) as server:
        nc = await connect(f"nats://a:a@{server.address}", name="test")
        with pytest.raises((Unavailable, ApiError), match="this account has no JetStream; enable it for the account"):
            await call(nc, "STREAM.INFO.FEED")
        await close(nc)


async def test_a_denied_permission_is_the_cause_with_its_subject(tmp_path: Path) -> None:
    """Of a call, a load, a commit and a question; and of an inbox that may not be subscribed to."""
    permissions = '{ publish: ["_INBOX.>"], subscribe: ["_INBOX.test.>"] }'
    users = (
        f"authorization {{ users: [ {{ user: a, password: a, permissions: {permissions} }},"
        ' { user: b, password: b, permissions: { publish: [">"], subscribe: ["other"] } } ] }'
    )
    async with configured(tmp_path, users) as server:
        nc = await connect(f"nats://a:a@{server.address}", name="test")
        bus = Bus(nc, source="test")
        with pytest.raises(Unavailable, match=r"not permitted to publish to \$JS\.API\.STREAM\.INFO\.FEED"):
            await call(nc, "STREAM.INFO.FEED", timeout=50)  # it does not wait for that
        with pytest.raises(Unavailable, match=r"not permitted to publish to \$JS\.API\.DIRECT\.GET\.FLIGHTS"):
            await bus.load([FLIGHT.key(flight=flight().flight)])
        with pytest.raises(Unavailable, match=r"not permitted to publish to flight\.state\.>"):
            await bus.commit(Commit(states=[Write(FLIGHT.of(flight()), 0)]))
        await close(nc)
        nc = await connect(f"nats://b:b@{server.address}", name="test")
        with pytest.raises(Unavailable, match=r"not permitted to subscribe to _inbox\.test\."):
            await call(nc, "STREAM.INFO.FEED", timeout=50)
        await close(nc)
