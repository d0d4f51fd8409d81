"""A server that plays any language model: OpenAI's chat completions on a real loopback socket, plain and streamed.

In a test: `async with Scripted(script) as server` and `server.url`, or the fixture `scripted` of `guard.py`. As a process:
`python -m tests.llm.scripted --port 0 --faults 0.1 --seed 7` prints its address and plays `daylong.py`.

A reply depends on the request, never on when it arrives: see `replies.Table`. A request the script has no reply for gets
HTTP 418 and is kept in `failures`; leaving the `async with` raises it.
"""

import argparse
import asyncio
import importlib
import json
import re
import signal
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from llm import Prompt
from tests.llm.replies import (
    Calls,
    Cuts,
    Hangs,
    Pours,
    Refuses,
    Reply,
    Request,
    Says,
    Script,
    Sends,
    Status,
    Table,
    Waits,
    shortly,
)

MODEL = "scripted-1"
_REASONS = {200: "OK", 307: "Temporary Redirect", 418: "I'm a teapot", 429: "Too Many Requests"}

ADDRESSES: set[tuple[str, int]] = set()
"""Where scripted servers listen in this process."""


class Scripted:
    """`requests`: all that were received, in order. `abandoned`: how many clients disconnected before the reply was out.
    `tls`: serves HTTPS."""

    def __init__(self, script: Script | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.table = Table()
        """The script if none is given; tests fill it."""
        self._tls = tls
        self._script = script or self.table
        self.requests: list[Request] = []
        self.failures: list[Exception] = []
        self.abandoned = 0
        self.under_way = 0
        self.most_at_once = 0
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        """`port` 0: a free one."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=1024, ssl=self._tls)
        ADDRESSES.add(("127.0.0.1", self.port))

    async def stop(self) -> None:
        assert self._server
        ADDRESSES.discard(("127.0.0.1", self.port))
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def __aenter__(self) -> "Scripted":
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        if error is None:
            self.check()

    def check(self) -> None:
        """Raises the requests that the script had no reply for."""
        if self.failures:
            raise ExceptionGroup("requests that are not in the script", self.failures)

    @property
    def port(self) -> int:
        assert self._server
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """The base URL, `/v1` included."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1"

    def asked(self, prompt: Prompt) -> int:
        """How many requests had this prompt."""
        return sum(request.prompt == prompt for request in self.requests)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        begun: bytes | None = b""
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                while begun is not None:
                    begun = await self._served(begun, reader, writer)
        except asyncio.CancelledError:
            pass  # the server stops; asyncio would report a re-raised one as a failure of the connection
        finally:
            self._connections.discard(task)
            writer.close()

    async def _served(self, begun: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes | None:
        """One request, of which `begun` is already read, and its reply. Returns what is read of the next request, or None
        when the connection is over."""
        head = (begun + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        reply = self._reply(head[0], headers, body)
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        # A client sends nothing while it waits for its reply: an end of input means it has disconnected.
        heard = asyncio.ensure_future(reader.read(1))
        out = asyncio.ensure_future(self._write(writer, *reply))
        try:
            await asyncio.wait({heard, out}, return_when=asyncio.FIRST_COMPLETED)
            if not out.done():
                self.abandoned += 1
                return None
            goes_on = out.result()
            begun = heard.result() if heard.done() else b""
            return begun if goes_on and not reader.at_eof() else None
        finally:
            self.under_way -= 1
            for each in (heard, out):
                each.cancel()
            await asyncio.gather(heard, out, return_exceptions=True)

    def _reply(self, line: str, headers: dict[str, str], body: bytes) -> tuple[Request, Reply]:
        request = Request(Prompt("", ""), {}, headers)
        try:
            if line.split()[:2] != ["POST", "/v1/chat/completions"]:
                raise LookupError(f"nothing is at {line}")
            content = json.loads(body)
            request = Request(_prompt(content["messages"]), content, headers)
            self.requests.append(request)
            return request, self._script(request)
        except Exception as failure:  # a bug in a script must fail its test as well
            self.failures.append(failure)
            return request, Status(418)

    async def _write(self, writer: asyncio.StreamWriter, request: Request, reply: Reply) -> bool:
        """False if nothing may follow on this connection."""
        while isinstance(reply, Waits):
            await asyncio.sleep(reply.seconds)
            reply = reply.then
        match reply:
            case Hangs():
                await asyncio.Event().wait()
            case Status(code, retry_after, location, message):
                more = {"Retry-After": retry_after, "Location": location}
                error = {
                    "error": {
                        "message": message or f"scripted {code} for {shortly(request.prompt)}",
                        "type": "scripted",
                    }
                }
                await _plain(writer, code, json.dumps(error), {k: v for k, v in more.items() if v is not None})
            case Sends(text, content_type, code):
                await _plain(writer, code, text, {}, content_type=content_type)
            case Cuts():
                await self._cut(writer, request, reply)
                return False
            case Pours(first, again):
                writer.write(first)
                await writer.drain()
                while again:
                    writer.write(again)
                    await writer.drain()
                    await asyncio.sleep(0)  # lets others run even while the socket's buffer has room
                return False
            case _ if request.streams:
                writer.write(_head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}))
                for event in _events(request, reply):
                    await _chunk(writer, event)
                await _chunk(writer, "data: [DONE]\n\n")
                writer.write(b"0\r\n\r\n")
                await writer.drain()
            case _:
                await _plain(writer, 200, json.dumps(_completion(request, reply)), {})
        return True

    async def _cut(self, writer: asyncio.StreamWriter, request: Request, reply: Cuts) -> None:
        if request.streams:
            writer.write(_head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}))
            await _chunk(writer, _event({"content": reply.text}))
            if reply.politely:
                writer.write(b"0\r\n\r\n")
        else:
            whole = json.dumps(_completion(request, Says(reply.text))).encode()
            half = whole[: len(whole) // 2]
            length = len(half if reply.politely else whole)
            writer.write(_head(200, {"Content-Type": "application/json", "Content-Length": str(length)}) + half)
        await writer.drain()
        if reply.hangs:
            await asyncio.Event().wait()


def _prompt(messages: list[dict[str, Any]]) -> Prompt:
    system = "\n".join(m["content"] for m in messages if m["role"] in {"system", "developer"})
    return Prompt(system, next((m["content"] for m in reversed(messages) if m["role"] == "user"), ""))


def _head(code: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {code} {_REASONS.get(code, 'Scripted')}", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _plain(
    writer: asyncio.StreamWriter, code: int, text: str, more: dict[str, str], *, content_type: str = "application/json"
) -> None:
    body = text.encode()
    writer.write(_head(code, {"Content-Type": content_type, "Content-Length": str(len(body)), **more}) + body)
    await writer.drain()


async def _chunk(writer: asyncio.StreamWriter, text: str) -> None:
    data = text.encode()
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    await writer.drain()


def _usage(request: Request, text: str) -> dict[str, int]:
    """One token for every four characters, a rule of thumb."""
    prompt, reply = len(request.prompt.system + request.prompt.user) // 4 + 1, len(text) // 4 + 1
    return {"prompt_tokens": prompt, "completion_tokens": reply, "total_tokens": prompt + reply}


def _message(reply: Reply) -> tuple[dict[str, Any], str]:
    """The message and its finish reason."""
    match reply:
        case Says(text, finish):
            return {"role": "assistant", "content": text}, finish
        case Refuses(why):
            return {"role": "assistant", "content": None, "refusal": why}, "stop"
        case Calls(calls, text):
            listed = [
                {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
                for n, (name, arguments) in enumerate(calls)
            ]
            return {"role": "assistant", "content": text or None, "tool_calls": listed}, "tool_calls"
        case _:
            raise TypeError(f"{reply} is not a message")


def _completion(request: Request, reply: Reply) -> dict[str, Any]:
    message, finish = _message(reply)
    return {
        "id": f"chatcmpl-{request.prompt.key}",
        "object": "chat.completion",
        "created": 0,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": _usage(request, json.dumps(message)),
    }


def _event(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
    choices = [] if more else [{"index": 0, "delta": delta, "finish_reason": finish}]
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": choices, **more}
    return f"data: {json.dumps(chunk)}\n\n"


def _events(request: Request, reply: Reply) -> Iterator[str]:
    """The reply word by word."""
    message, finish = _message(reply)
    yield _event({"role": "assistant", "content": ""})
    for word in re.findall(r"\S+\s*|\s+", message["content"] or ""):
        yield _event({"content": word})
    if "refusal" in message:
        yield _event({"refusal": message["refusal"]})
    if "tool_calls" in message:
        yield _event({"tool_calls": [{"index": n, **call} for n, call in enumerate(message["tool_calls"])]})
    yield _event({}, finish)
    if (request.body.get("stream_options") or {}).get("include_usage"):
        yield _event({}, usage=_usage(request, json.dumps(message)))


async def _run(port: int, script: Script) -> int:
    """Serves until SIGTERM or SIGINT. Exit status 1 if any request was not scripted."""
    server, ended = Scripted(script), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await server.start(port)
    print(server.url, flush=True)  # noqa: T201  the parent process reads the address
    await ended.wait()
    await server.stop()
    asked, distinct = len(server.requests), len({request.prompt.key for request in server.requests})
    print(f"asked {asked} times for {distinct} prompts, not scripted {len(server.failures)}", file=sys.stderr)  # noqa: T201
    return 1 if server.failures else 0


def main(arguments: Sequence[str]) -> int:
    from tests.llm.daylong import Daylong  # noqa: PLC0415  it imports this module

    parser = argparse.ArgumentParser(prog="python -m tests.llm.scripted", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port; the address is printed")
    parser.add_argument("--faults", type=float, default=0.0, help="the fraction of prompts with a fault, 0 to 1")
    parser.add_argument("--seed", type=int, default=7, help="selects the prompts and their faults")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each reply")
    parser.add_argument(
        "--script",
        metavar="MODULE:NAME",
        help="the replies without a fault (default: %(default)s)",
        default="tests.llm.reader:reads",
    )
    options = parser.parse_args(arguments)
    module, _, name = options.script.partition(":")
    good: Script = getattr(importlib.import_module(module), name)
    return asyncio.run(_run(options.port, Daylong(good, faults=options.faults, seed=options.seed, delay=options.delay)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
