"""One hop: consume, decode, handle, encode, publish, acknowledge; 300-byte messages, the same headers in and out.

Ours is a whole agent: its consumer, leases, handler, `say` and steps, as every agent runs them. Beside it, in the same round:

- a bare loop: nats-py and msgspec and nothing else, pulling on a raw inbox, publishing 64 at once, acknowledging after;
- the same with an atomic batch of a group, as ours writes it, and none of what makes ours safe: no expected revisions, leases,
  repetition of lost answers, dead letters;
- that batch with what makes each fact ours on the wire (its commit, that it must be new, when it expires) and nothing else of
  ours, which shows what of the difference is the server's part: no bus with these promises could be quicker than it;
- FastStream's JetStream pull subscriber, where it is installed (`pip install faststream[nats]`).

`python -m benchmarks.hop`
"""

import asyncio
import importlib.util
import json
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import nats
import structlog
import uvloop
from msgspec import Struct
from nats.aio.msg import Msg

from benchmarks.report import machine, save, show, show_ratio
from bus import Agent, Bus, Delivery, Fact, Handlers
from bus.clock import monotonic, wall
from bus.operations import Server, call, close, connect, provision, set_clock
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.batch import EXPECTED
from bus.wire.envelope import COMMIT, envelope
from contracts.streams import STREAMS
from contracts.subject import Subject

MESSAGES = 4_000
ROUNDS = 5
_AT_ONCE = 64
NONE: Mapping[str, str] = MappingProxyType({})
_GROUP = 128
"""As an agent handles them."""


class Heard(Struct, frozen=True):
    run: str
    n: int
    text: str


class Addressed(Struct, frozen=True):
    run: str
    n: int
    text: str


HEARD = Subject("feed.bench.{run}.{n}", Heard, "FEED")
SAID = Subject("flight.bench.{run}.{n}", Addressed, "FLIGHTS")
_TEXT = "x" * 265
"""Makes the message 300 bytes."""


async def fill(url: str, run: str) -> None:
    """The messages of one run, in the stream."""
    nc = await connect(url, name="fill")
    encode = msgspec.json.Encoder().encode
    for at in range(0, MESSAGES, 500):
        batch = [HEARD.of(Heard(run, n, _TEXT)) for n in range(at, at + 500)]
        for i, said in enumerate(batch):
            headers = envelope(said.name, Heard, source="fill", trace="", now=wall())
            headers |= {"Nats-Batch-Id": f"{run}{at}", "Nats-Batch-Sequence": str(i + 1)}
            if i < len(batch) - 1:
                await nc.publish(said.name, encode(said.message), headers=headers)
            else:
                await nc.request(
                    said.name, encode(said.message), headers={**headers, "Nats-Batch-Commit": "1"}, timeout=10
                )
    await close(nc)


async def finished(url: str, run: str, work: Callable[[], Awaitable[None]]) -> float:
    """Messages a second from its start until all that `work` says is stored and all that it heard is acknowledged."""
    nc = await connect(url, name="watch")
    told = await call(nc, "STREAM.INFO.FLIGHTS")
    goal = told["state"]["messages"] + MESSAGES
    began = monotonic()
    task = asyncio.ensure_future(work())
    while (await call(nc, "STREAM.INFO.FLIGHTS"))["state"]["messages"] < goal:
        assert not task.done() or task.exception() is None, task.exception()
        await asyncio.sleep(0.02)
    while (await call(nc, f"CONSUMER.INFO.FEED.{run}"))["num_ack_pending"]:
        await asyncio.sleep(0.005)
    took = monotonic() - began
    await task
    await close(nc)
    return MESSAGES / took


async def ours(url: str, run: str) -> float:
    stop = asyncio.Event()
    handled = 0

    async def build(bus: Bus) -> Handlers:
        async def hear(group: Sequence[Delivery[Heard]]) -> None:
            nonlocal handled
            facts = [Fact(SAID.of(Addressed(d.message.run, d.message.n, d.message.text)), d) for d in group]
            await bus.emit_once(facts)
            handled += len(group)
            if handled == MESSAGES:
                stop.set()

        return Handlers({HEARD: hear})

    agent = Agent(run, hears=(HEARD,), says=(SAID,))

    async def work() -> None:
        async with Running(agent, build, Settings(nats_url=url), stop) as running:
            await running.until_stopped()

    return await finished(url, run, work)


async def bare(url: str, run: str) -> float:
    return await _bare(url, run)


async def bare_batched(url: str, run: str) -> float:
    return await _bare(url, run, batched=True)


async def bare_promising(url: str, run: str) -> float:
    promises = {COMMIT: f"{uuid.uuid4().hex}.{_GROUP}", EXPECTED: "0", "Nats-TTL": "336h"}
    return await _bare(url, run, batched=True, promises=promises)


async def _bare(url: str, run: str, *, batched: bool = False, promises: Mapping[str, str] = NONE) -> float:
    async def work() -> None:
        nc = await nats.connect(url)
        js = nc.jetstream()
        decode, encode = msgspec.json.Decoder(Heard).decode, msgspec.json.Encoder().encode
        config = {
            "durable_name": run,
            "filter_subject": HEARD.filter,
            "ack_policy": "explicit",
            "max_ack_pending": 20_000,
        }
        await call(nc, f"CONSUMER.CREATE.FEED.{run}", {"stream_name": "FEED", "config": config, "action": ""})
        heard: asyncio.Queue[Msg] = asyncio.Queue()
        inbox = nc.new_inbox()

        async def hear(msg: Msg) -> None:
            heard.put_nowait(msg)

        def said_of(msg: Msg) -> tuple[str, bytes, dict[str, str]]:
            message = decode(msg.data)
            said = SAID.of(Addressed(message.run, message.n, message.text))
            headers = envelope(
                said.name, Addressed, source=run, trace=(msg.headers or {})["traceparent"][3:35], now=wall()
            )
            return said.name, encode(said.message), {**headers, **promises}

        async def relay(msg: Msg) -> None:
            name, payload, headers = said_of(msg)
            await js.publish(name, payload, headers=headers)

        async def relay_all(group: list[Msg]) -> None:
            batch = group[0].reply
            for i, msg in enumerate(group[:-1], 1):
                name, payload, headers = said_of(msg)
                headers |= {"Nats-Batch-Id": batch[-60:], "Nats-Batch-Sequence": str(i)}
                await nc.publish(name, payload, headers=headers)
            name, payload, headers = said_of(group[-1])
            headers |= {"Nats-Batch-Id": batch[-60:], "Nats-Batch-Sequence": str(len(group)), "Nats-Batch-Commit": "1"}
            told = await nc.request(name, payload, headers=headers, timeout=10)
            assert b"error" not in told.data, told.data

        await nc.subscribe(inbox, cb=hear, pending_msgs_limit=0, pending_bytes_limit=0)
        ask = json.dumps({"batch": 512, "expires": int(20e9)}).encode()
        left, asked = MESSAGES, 0
        while left:
            if asked - (MESSAGES - left) < 256 and asked < MESSAGES:
                await nc.publish(f"$JS.API.CONSUMER.MSG.NEXT.FEED.{run}", ask, reply=inbox)
                asked += 512
            group = [await heard.get()]
            while len(group) < (_GROUP if batched else _AT_ONCE) and not heard.empty():
                group.append(heard.get_nowait())
            if batched:
                await relay_all(group)
            else:
                await asyncio.gather(*(relay(msg) for msg in group))
            for msg in group:
                await nc.publish(msg.reply, b"+ACK")
            left -= len(group)
        await nc.flush()
        await nc.close()

    return await finished(url, run, work)


async def faststream(url: str, run: str) -> float:
    from faststream import AckPolicy  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - only where it is installed
    from faststream.nats import (  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415
        ConsumerConfig,
        JStream,
        NatsBroker,
        NatsMessage,
        PullSub,
    )

    stop = asyncio.Event()
    handled = 0
    broker = NatsBroker(url, logger=None)
    decode, encode = msgspec.json.Decoder(Heard).decode, msgspec.json.Encoder().encode

    async def as_bytes(message: Any) -> Any:
        return message.body  # decoded by msgspec below, as in the others

    @broker.subscriber(
        HEARD.filter,
        durable=run,
        stream=JStream("FEED", declare=False),
        pull_sub=PullSub(batch_size=_AT_ONCE, timeout=1),
        config=ConsumerConfig(max_ack_pending=20_000),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        max_workers=_AT_ONCE,
        no_reply=True,
        decoder=as_bytes,
    )
    async def hear(body: bytes, message: NatsMessage) -> None:
        nonlocal handled
        heard = decode(body)
        said = SAID.of(Addressed(heard.run, heard.n, heard.text))
        headers = envelope(said.name, Addressed, source=run, trace=message.headers["traceparent"][3:35], now=wall())
        await broker.publish(encode(said.message), said.name, headers=headers, stream="FLIGHTS")
        handled += 1
        if handled == MESSAGES:
            stop.set()

    async def work() -> None:
        await broker.start()
        await stop.wait()
        await broker.stop()

    return await finished(url, run, work)


async def measured(sync: str, which: dict[str, Callable[[str, str], Awaitable[float]]]) -> dict[str, list[float]]:
    """Messages a second of each, round by round; the first round is the warm-up and does not count."""
    found: dict[str, list[float]] = {name: [] for name in which}
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), sync=sync)
        await server.start()
        nc = await connect(server.url, name="bench")
        await provision(nc, STREAMS)
        await set_clock(nc)
        for turn in range(ROUNDS + 1):
            for name, run_one in which.items():
                run = f"{name}{turn}"
                await fill(server.url, run)
                rate = await run_one(server.url, run)
                if turn:
                    found[name].append(rate)
                await call(nc, f"CONSUMER.DELETE.FEED.{run}")
                await call(nc, "STREAM.PURGE.FEED")
                await call(nc, "STREAM.PURGE.FLIGHTS")
        await close(nc)
        server.stop()
    return found


def main() -> None:
    print(machine())
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    which: dict[str, Callable[[str, str], Awaitable[float]]] = {
        "ours": ours,
        "bare": bare,
        "batched": bare_batched,
        "promising": bare_promising,
    }
    if importlib.util.find_spec("faststream"):
        which["faststream"] = faststream
    else:
        print("FastStream is not installed; `pip install faststream[nats]` puts it beside.")
    figures: dict[str, Any] = {"messages": MESSAGES, "rounds": ROUNDS, "unit": "messages/s"}
    for title, sync in (("fsync always", "always"), ("fsync every two minutes, the server's default", "2m")):
        found = uvloop.run(measured(sync, which))
        medians = show(f"One hop, {title}", [(name, values, "msg/s") for name, values in found.items()])
        best = max(("bare", "batched"), key=medians.__getitem__)
        ratios = {
            "ours_to_bare": show_ratio("ours / bare, one by one", found["ours"], found["bare"], "nothing"),
            "ours_to_best": show_ratio(
                f"ours / the best bare loop ({best})", found["ours"], found[best], "at least 0.8"
            ),
            "bound": show_ratio("promising / the best bare loop", found["promising"], found[best], "the bound"),
            "ours_to_bound": show_ratio("ours / promising", found["ours"], found["promising"], "nothing"),
        }
        figures[sync] = {"medians": medians, "rounds": found, **{name: round(r, 3) for name, r in ratios.items()}}
    save("hop", figures)


if __name__ == "__main__":
    main()
