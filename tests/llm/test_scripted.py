"""The scripted model itself: it replies by prompt, fails loudly, and repeats itself."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from llm import Prompt, strict_schema
from tests.llm.clients import OXYGEN, SOON, WEDDING, Wish, client_of, reason_of
from tests.llm.daylong import FAULTS, Daylong, plainest
from tests.llm.replies import Request, Says, Status, says
from tests.llm.scripted import Scripted

ROOT = Path(__file__).parents[2]
PROMPTS = [Prompt("You read remarks.", f"remark {n}") for n in range(2000)]


def _request(prompt: Prompt, struct: type[msgspec.Struct] = Wish) -> Request:
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": strict_schema(struct)}}
    return Request(prompt, {"response_format": form}, {})


async def test_an_unmatched_prompt_fails_the_test() -> None:
    """On leaving the server, with the prompt named."""

    async def test() -> None:
        async with Scripted() as server, client_of(server) as client:
            server.table.on(OXYGEN, says(Wish()))
            assert await reason_of(client, WEDDING) == "http"

    with pytest.raises(ExceptionGroup) as failed:
        await test()
    assert failed.group_contains(LookupError, match=r"no entry matches .*my sister's wedding")


async def test_a_prompt_asked_more_often_than_scripted_fails_the_test() -> None:
    """Each prompt has its own count of an entry's replies."""

    async def test() -> None:
        async with Scripted() as server, client_of(server) as client:
            server.table.on("", says(Wish()))
            for prompt in (WEDDING, OXYGEN):
                await client.ask(prompt, Wish, deadline=SOON)
            assert await reason_of(client, OXYGEN) == "http"

    with pytest.raises(ExceptionGroup) as failed:
        await test()
    assert failed.group_contains(LookupError, match=r"asked 2 times, scripted 1: .*my father's oxygen")


async def test_a_bug_in_a_script_fails_the_test() -> None:
    """It does not look like a fault of the model."""

    def broken(_request: Request) -> Says:
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as failed:
        async with Scripted(broken) as server, client_of(server) as client:
            assert await reason_of(client) == "http"
    assert failed.group_contains(ZeroDivisionError)


async def test_an_exception_in_the_test_comes_first() -> None:
    """An unscripted request does not hide it."""

    async def test() -> None:
        async with Scripted() as server, client_of(server) as client:
            await reason_of(client)
            raise KeyError

    with pytest.raises(KeyError):
        await test()


async def test_another_path_fails_the_test() -> None:
    """Only chat completions are served."""
    with pytest.raises(ExceptionGroup) as failed:
        async with Scripted() as server, client_of(server.url.removesuffix("/v1")) as client:
            await reason_of(client)
    assert failed.group_contains(LookupError, match="nothing is at POST /chat/completions")


async def test_the_first_matching_entry_replies(scripted: Scripted) -> None:
    """Entries match a prompt, a part of its text, or anything in the request."""
    scripted.table.on(WEDDING, says(Wish(1))).on("oxygen", says(Wish(2))).on(
        lambda request: request.schema_name == "Wish", says(Wish(3)), always=True
    )
    async with client_of(scripted) as client:
        prompts = [WEDDING, OXYGEN, PROMPTS[0], PROMPTS[0]]
        assert [(await client.ask(p, Wish, deadline=SOON)).value.latest_hour for p in prompts] == [1, 2, 3, 3]


async def test_it_serves_hundreds_of_connections_at_once(scripted: Scripted) -> None:
    """All requests are sent before the first reply."""
    all_here = asyncio.Event()

    def reply(_request: Request) -> Says:
        if len(server.requests) == 400:
            all_here.set()
        return Says("yes")

    body = json.dumps({"messages": [{"role": "user", "content": "?"}]}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with Scripted(reply) as server:
        connections = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(400)]
        for _, writer in connections:
            writer.write(head + body)
        await all_here.wait()
        lines = [await reader.readline() for reader, _ in connections]
        for _, writer in connections:
            writer.close()
    assert set(lines) == {b"HTTP/1.1 200 OK\r\n"}


def test_a_days_faults_depend_on_seed_and_prompt_alone() -> None:
    """The same in every run and order; another seed has others."""
    one, again, other = (Daylong(plainest, faults=0.1, seed=seed) for seed in (7, 7, 8))
    keys = [prompt.key for prompt in PROMPTS]
    assert [one.fault(key) for key in keys] == [again.fault(key) for key in reversed(keys)][::-1]
    assert [one.fault(key) for key in keys] != [other.fault(key) for key in keys]


def test_a_days_faults_have_the_requested_share_and_every_kind() -> None:
    """A tenth, here."""
    daylong = Daylong(plainest, faults=0.1, seed=7)
    met = [fault for prompt in PROMPTS if (fault := daylong.fault(prompt.key))]
    assert len(met) == pytest.approx(200, abs=40)
    assert set(met) == set(FAULTS)
    assert not [prompt for prompt in PROMPTS if Daylong(plainest, faults=0, seed=7).fault(prompt.key)]


def test_a_passing_fault_happens_once() -> None:
    """The second request is answered."""
    daylong = Daylong(plainest, faults=1, seed=7)
    prompt = next(prompt for prompt in PROMPTS if daylong.fault(prompt.key) == "500 once")
    assert [daylong(_request(prompt)) for _ in range(2)] == [Status(500), plainest(_request(prompt))]


class Inner(msgspec.Struct):
    at_least_two: tuple[int, int]


class Everything(msgspec.Struct):
    text: str
    wish: Wish
    wishes: list[Wish]
    number: float
    yes: bool
    maybe: Wish | None


def test_the_plainest_answer_follows_any_schema() -> None:
    """It decodes as the wanted type."""
    reply = plainest(_request(WEDDING, Everything))
    assert isinstance(reply, Says)
    assert msgspec.json.decode(reply.text, type=Everything) == Everything("", Wish(), [], 0, False, None)


async def test_it_runs_as_a_process_and_prints_its_address(tmp_path: Path) -> None:
    """It answers, stops at SIGTERM, and reports unscripted requests."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.llm.scripted", "--port", "0", "--faults", "0.1", "--seed", "7"),
        *("--script", "tests.llm.daylong:plainest"),
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    try:
        url = (await process.stdout.readline()).decode().strip()
        good = next(p for p in PROMPTS if Daylong(plainest, faults=0.1, seed=7).fault(p.key) is None)
        assert await _answered(url, good) == "Very well."
    finally:
        process.send_signal(signal.SIGTERM)
    assert await process.stderr.read() == b"asked 1 times for 1 prompts, not scripted 0\n"
    assert await process.wait() == 0


async def _answered(url: str, prompt: Prompt) -> Any:
    """Over a plain socket: the guard keeps HTTP libraries from other processes."""
    messages = [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}]
    body = json.dumps({"messages": messages}).encode()
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
    answer = json.loads(await reader.readexactly(int(length.split(b":")[1])))
    writer.close()
    return answer["choices"][0]["message"]["content"]
