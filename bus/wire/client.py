"""nats-py's client, with what it lacks: TLS as a demand, denied permissions by subject, and message sizes checked in full.

nats-py 2.16 takes `tls://` as a wish and goes on in clear. It reports a denied permission to the error callback alone, so the
request only times out. It checks a payload against the server's `max_payload` without its headers, and the server then closes
the connection for good. Headers are parsed and written by `bus.wire.headers`.
"""

import asyncio
import ssl
from collections import deque
from typing import Any

from nats.aio.client import DEFAULT_BUFFER_SIZE, Client, Srv
from nats.aio.transport import TcpTransport
from nats.errors import Error, SecureConnWantedError

from bus.clock import monotonic
from bus.errors import TooLarge
from bus.tasks import cancel
from bus.wire.causes import denied, shown
from bus.wire.headers import header_block, parse_headers


class Denied(Error):
    """The server denied a request a permission."""


class _Transport(TcpTransport):
    """nats-py's, without asyncio's warning that the end of a TLS stream cannot be half-closed."""

    async def connect_tls(self, uri: Any, ssl_context: ssl.SSLContext, buffer_size: int, connect_timeout: int) -> None:
        await super().connect_tls(uri, ssl_context, buffer_size, connect_timeout)
        assert self._io_writer is not None
        protocol = self._io_writer.transport.get_protocol()
        if isinstance(protocol, asyncio.StreamReaderProtocol):
            protocol._over_ssl = True  # type: ignore[attr-defined]


class IropsClient(Client):
    """One connection. `demands_tls` refuses a server that offers no TLS before anything is sent to it."""

    _parse_header_lines = staticmethod(parse_headers)

    def __init__(self, *, demands_tls: bool = False) -> None:
        super().__init__()
        self.dialled = ""
        """`host:port` of the server tried last."""
        self.denied: set[str] = set()
        """Subjects that the server has denied this connection, in lower case, as nats-py reports them."""
        self._demands_tls = demands_tls
        self._reconnections: set[asyncio.Task[None]] = set()
        self._asked: deque[tuple[str, str]] = deque(maxlen=256)
        """Subject and reply subject of the latest requests: the server names only the subject it denies."""

    @property
    def has_jetstream(self) -> bool:
        """Whether the server says that it runs JetStream."""
        return bool(self._server_info.get("jetstream"))

    async def _connect_to_server(self, s: Srv) -> None:
        self.dialled = s.uri.netloc
        s.last_attempt = monotonic()
        if not self._transport:
            self._transport = _Transport()  # type: ignore[no-untyped-call]
        await self._transport.connect(
            s.uri, buffer_size=DEFAULT_BUFFER_SIZE, connect_timeout=self.options["connect_timeout"]
        )

    async def _process_op_err(self, e: Exception) -> None:
        before = self._reconnection_task
        await super()._process_op_err(e)
        task = self._reconnection_task
        if task is not None and task is not before:
            self._reconnections.add(task)
            task.add_done_callback(self._reconnections.discard)

    async def _close(self, status: int, do_cbs: bool = True) -> None:
        """Also end each task that was to reconnect, and what it has started. nats-py cancels the last one once; if it is
        answered in the same moment, it goes on, connects, starts to read, and calls itself connected."""
        await super()._close(status, do_cbs)
        current = asyncio.current_task()
        await cancel(*(task for task in self._reconnections if task is not current))
        started = (self._reading_task, self._ping_interval_task, self._flusher_task)
        await cancel(*(task for task in started if task is not None and task is not current))
        if self._transport is not None:
            self._transport.close()  # type: ignore[no-untyped-call]
        self._status = status

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if initial_connection and self._demands_tls:
            if not (info.get("tls_required") or info.get("tls_available")):
                raise SecureConnWantedError
            info["tls_required"] = True  # nats-py ignores a server's offer; it starts TLS where the server demands it
        await super()._process_info(info, initial_connection)

    async def _process_err(self, err_msg: str) -> None:
        if permission := denied(Exception(err_msg)):
            self.denied.add(permission[1])
            self._end_requests(*permission)
        await super()._process_err(err_msg)

    def _end_requests(self, verb: str, denied_subject: str) -> None:
        """Ends requests that were denied. nats-py would let them wait for their timeout."""
        for subject, reply in self._asked:
            if verb == "publish" and subject.lower() == denied_subject:
                failure = Denied(f"not permitted to publish to {shown(subject)}")
            elif verb == "subscription" and reply.lower().startswith(denied_subject.removesuffix("*")):
                failure = Denied(f"not permitted to subscribe to {denied_subject}")  # so no answer can arrive
            else:
                continue
            waiting = (self._resp_map or {}).get(reply.rpartition(".")[2])
            if waiting and not waiting.done():
                waiting.set_exception(failure)

    async def _send_publish(
        self, subject: str, reply: str, payload: bytes, payload_size: int, headers: dict[str, Any] | None
    ) -> None:
        if not headers:
            await super()._send_publish(subject, reply, payload, payload_size, headers)
            return
        block = header_block(headers)
        size = len(block)
        if size + payload_size > self._max_payload:
            raise TooLarge(subject, size + payload_size, self._max_payload)
        self.stats["out_msgs"] += 1
        self.stats["out_bytes"] += payload_size
        line = f"HPUB {subject} {reply} {size} {size + payload_size}\r\n".encode()
        await self._send_command(b"".join((line, block, payload, b"\r\n")))
        if self._flush_queue is not None and self._flush_queue.empty():
            await self._flush_pending()

    async def publish(
        self, subject: str, payload: bytes = b"", reply: str = "", headers: dict[str, Any] | None = None
    ) -> None:
        """Raises `TooLarge` for a message over the server's `max_payload`."""
        if len(payload) > self._max_payload:
            raise TooLarge(subject, len(payload), self._max_payload)
        if reply:
            self._asked.append((subject, reply))
        await super().publish(subject, payload, reply, headers)
