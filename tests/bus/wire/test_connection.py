"""Connections: which server is chosen, what is sent to it, and the cause when there is no connection."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from bus.access.keys import make_key
from bus.access.permissions import Permissions
from bus.access.users import User, authorization, users_conf
from bus.admin.server import Server, free_port
from bus.clock import monotonic
from bus.errors import Unavailable
from bus.settings import Settings
from bus.tasks import cancel
from bus.wire.client import IropsClient
from bus.wire.connection import close, connect, connect_within
from bus.wire.endpoint import Endpoint
from tests.bus.wire.servers import CA, CLIENT, CLIENT_KEY, configured, operator_mode, tls
from tests.support import eventually

SOON = timedelta(seconds=1)
PASSWORD = "p@ss/w:rd#1!,%41é"
ENCODED = "p%40ss%2Fw%3Ard%231%21%2C%2541%C3%A9"


@asynccontextmanager
async def connected(where: str | Endpoint) -> AsyncIterator[Client]:
    """A connection that exists within a second."""
    nc = await connect_within(SOON, where, name="test")
    try:
        yield nc
    finally:
        await close(nc)


async def cause_of(where: str | Endpoint) -> str:
    """Why there is no connection."""
    with pytest.raises(Unavailable) as failure:
        await connect_within(SOON, where, name="test")
    return str(failure.value)


class Recorder:
    """A server that greets with this INFO and records what it receives."""

    def __init__(self, info: str) -> None:
        self.received = b""
        self._info = info

    async def __aenter__(self) -> "Recorder":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", free_port())
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"INFO {self._info}\r\n".encode())
        while data := await reader.read(4096):
            self.received += data
        writer.close()


async def test_percent_encoded_credentials_are_decoded_once(tmp_path: Path) -> None:
    """Any character may be in a password."""
    users = f'authorization {{ user: "ops@air", password: "{PASSWORD}" }}'
    async with configured(tmp_path, users) as server, connected(f"nats://ops%40air:{ENCODED}@{server.address}") as nc:
        await nc.flush()


async def test_a_name_without_a_password_is_a_token(tmp_path: Path) -> None:
    """As in other NATS clients; decoded too."""
    async with (
        configured(tmp_path, 'authorization { token: "a/b" }') as server,
        connected(f"nats://a%2Fb@{server.address}") as nc,
    ):
        await nc.flush()


@pytest.mark.parametrize(
    "userinfo",
    ["ops:wrong", f"ops:{ENCODED}x", "wrong-token"],
    ids=["password", "encoded password", "token"],
)
async def test_a_refused_login_is_the_cause_and_no_part_of_it_is_shown(tmp_path: Path, userinfo: str) -> None:
    """It names the server and what to set, at once."""
    async with configured(tmp_path, 'authorization { user: ops, password: "right" }') as server:
        began = monotonic()
        cause = await cause_of(f"nats://{userinfo}@{server.address}")
    assert monotonic() - began < 0.9
    assert cause.startswith(
        f"cannot connect to {server.address}: the server does not accept this login; set IROPS_KEYS"
    )
    for part in ("wrong", "rd#1", ENCODED):
        assert part not in cause


async def test_an_agent_started_while_the_first_server_is_down_uses_another(server: Server) -> None:
    """It is named in the same setting."""
    async with connected(f"nats://127.0.0.1:{free_port()},{server.url}") as nc:
        assert nc.connected_url is not None
        assert nc.connected_url.port == server.port


async def test_when_no_server_is_reached_each_is_named_with_its_cause() -> None:
    """They may be down for different reasons."""
    one, other = free_port(), free_port()
    cause = await cause_of(f"nats://127.0.0.1:{one},nats://127.0.0.1:{other}")
    for port in (one, other):
        assert f"cannot connect to 127.0.0.1:{port}: connection refused: no server listens there" in cause


async def test_a_server_that_refuses_is_the_cause_rather_than_one_that_is_down(tmp_path: Path) -> None:
    """An operator can do something about it."""
    async with configured(tmp_path, "authorization { token: x }") as server:
        cause = await cause_of(f"nats://127.0.0.1:{free_port()},{server.url}")
    assert "does not accept this login" in cause
    assert "connection refused" not in cause


async def test_an_unknown_host_is_the_cause() -> None:
    """Not a time-out."""
    assert "the host name is unknown" in await cause_of("nats://no-such-host.invalid")


async def test_a_server_that_does_not_answer_is_the_cause() -> None:
    """Something listens there that never sends a greeting."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        assert await cause_of(f"nats://127.0.0.1:{port}") == f"cannot connect to 127.0.0.1:{port}: no answer in time"


@pytest.mark.parametrize(
    "demand",
    [
        pytest.param(lambda port: Endpoint.parse(f"tls://ops:secret@127.0.0.1:{port}"), id="tls://"),
        pytest.param(lambda port: replace(Endpoint.parse(f"nats://ops:secret@127.0.0.1:{port}"), ca=CA), id="CA"),
        pytest.param(
            lambda port: replace(
                Endpoint.parse(f"nats://secret@127.0.0.1:{port}"), certificate=CLIENT, private_key=CLIENT_KEY
            ),
            id="client certificate",
        ),
    ],
)
async def test_where_tls_is_demanded_nothing_is_sent_in_clear(demand: Callable[[int], Endpoint]) -> None:
    """A server without TLS is refused, and has received nothing."""
    async with Recorder('{"server_id":"x","version":"2.15.1","auth_required":true,"max_payload":1048576}') as server:
        assert "TLS is demanded and the server offers none" in await cause_of(demand(server.port))
        assert server.received == b""


async def test_a_server_that_demands_tls_gets_it_from_a_trusted_authority(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At the name in its certificate; and asyncio has nothing to warn of."""
    async with configured(tmp_path, tls()) as server:
        with caplog.at_level(logging.WARNING):
            async with connected(replace(Endpoint.parse(f"tls://localhost:{server.port}"), ca=CA)) as nc:
                await nc.flush()
    assert caplog.text == ""


async def test_a_server_that_only_offers_tls_is_used_with_tls_where_it_is_demanded(tmp_path: Path) -> None:
    """nats-py alone would go on in clear."""
    async with (
        configured(tmp_path, tls() + "\nallow_non_tls: true") as server,
        connected(replace(Endpoint.parse(f"tls://localhost:{server.port}"), ca=CA)) as nc,
    ):
        assert nc._transport._io_writer.get_extra_info("ssl_object") is not None  # type: ignore[union-attr]


async def test_tls_first_is_spoken_where_the_server_expects_it(tmp_path: Path) -> None:
    """The setting is `tls_first` in a context."""
    async with (
        configured(tmp_path, tls(more="handshake_first: true")) as server,
        connected(replace(Endpoint.parse(f"tls://localhost:{server.port}"), ca=CA, tls_first=True)) as nc,
    ):
        await nc.flush()


async def test_an_unknown_authority_is_the_cause(tmp_path: Path) -> None:
    """With the setting that names it."""
    async with configured(tmp_path, tls()) as server:
        cause = await cause_of(f"tls://localhost:{server.port}")
    assert f"cannot connect to localhost:{server.port}: the server's certificate is from an unknown authority" in cause
    assert "IROPS_NATS_CA" in cause


async def test_a_certificate_for_another_host_is_the_cause(tmp_path: Path) -> None:
    """It names the host that was asked for."""
    async with configured(tmp_path, tls("elsewhere")) as server:
        cause = await cause_of(replace(Endpoint.parse(f"tls://localhost:{server.port}"), ca=CA))
    assert "the server's certificate is refused: Hostname mismatch" in cause


async def test_a_client_certificate_is_a_login(tmp_path: Path) -> None:
    """Without one the cause says what to set."""
    async with configured(tmp_path, tls(more="verify: true")) as server:
        endpoint = replace(Endpoint.parse(f"tls://localhost:{server.port}"), ca=CA)
        async with connected(replace(endpoint, certificate=CLIENT, private_key=CLIENT_KEY)) as nc:
            await nc.flush()
        cause = await cause_of(endpoint)
    assert "IROPS_NATS_CERT" in cause


async def test_a_creds_file_is_a_login(tmp_path: Path) -> None:
    """A user JWT and its seed."""
    config, creds = operator_mode(tmp_path)
    async with (
        configured(tmp_path / "nats", config, jetstream=None) as server,
        connected(replace(Endpoint.parse(server.url), creds=creds)) as nc,
    ):
        await nc.flush()


async def test_a_problem_that_goes_on_is_logged_once_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused login is tried again every two seconds, and logged once."""
    keys = tmp_path / "keys"
    known = User("known", make_key(keys, "known")[0], Permissions((), ()))
    server = Server(tmp_path / "nats", users=authorization(users_conf([known])))
    await server.start()
    make_key(keys, "stranger")
    attempts: list[str] = []
    endpoint = Settings(nats_url=server.url, keys=keys).endpoint("stranger")
    task = asyncio.create_task(connect(endpoint, name="stranger", on_problem=lambda why, _: attempts.append(why)))
    try:
        await eventually(lambda: len(attempts) > 1, what="two attempts")
    finally:
        await cancel(task)
        server.kill()
    logged = capsys.readouterr().out
    assert logged.count("does not accept this login") == 1
    assert "set IROPS_KEYS to the folder" in logged


async def test_a_server_that_hangs_up_is_tried_again_at_once() -> None:
    """As one does that is being restarted: only a refusal makes a client wait."""
    hung_up = 0

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal hung_up
        hung_up += 1
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as dying:
        port = dying.sockets[0].getsockname()[1]
        task = asyncio.create_task(connect(f"nats://127.0.0.1:{port}", name="test"))
        await eventually(lambda: hung_up > 5, what="six attempts", within=2)
        await cancel(task)


class Answered(IropsClient):
    """A client that is answered at the moment at which it is closed: `asyncio.wait_for` then gives the answer and forgets that
    its task was cancelled."""

    async def _select_next_server(self) -> None:
        if not self.is_reconnecting:
            return await super()._select_next_server()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return await super()._select_next_server()


async def test_a_connection_that_is_answered_as_it_is_closed_leaves_no_task(server: Server) -> None:
    """It stays closed: nats-py would go on to connect."""
    nc = Answered()
    await IropsClient.connect(nc, server.url, reconnect_time_wait=0)
    server.kill()
    await eventually(lambda: nc.is_reconnecting, what="reconnecting")
    await close(nc)
    assert nc.is_closed


async def test_what_a_reconnection_starts_as_it_is_closed_is_ended_too(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last answer arrives at that moment: nats-py would go on to read."""
    nc = await connect(server.url, name="test")
    assert nc._transport
    closing: asyncio.Future[asyncio.Task[None]] = asyncio.Future()
    readline = nc._transport.readline

    async def last_answer() -> bytes:
        line: bytes = await readline()
        if line.startswith(b"PONG"):
            closing.set_result(asyncio.create_task(close(nc)))
        return line

    monkeypatch.setattr(nc._transport, "readline", last_answer)
    server.kill()
    await server.start()
    await (await asyncio.wait_for(closing, 5))
    assert nc.is_closed
