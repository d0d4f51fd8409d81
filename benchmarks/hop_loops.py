"""The loops that one hop is measured against.

- `bare`: nats-py and msgspec and nothing else, pulling on a raw inbox, publishing 64 at once, acking afterwards;
- `bare_batched`: the same with an atomic batch for each group, as ours writes it, and without what makes ours safe: no expected
  revisions, leases, resends after a lost answer or dead letters;
- `bare_promising`: that batch with the headers that each of our facts has (its commit, that it must be new, when it expires)
and
  nothing else of ours. It shows the server's part of the difference: no bus with these promises can be faster;
- `faststream`: FastStream's JetStream pull subscriber, if it is installed (`pip install faststream[nats]`).
"""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec
import nats
from msgspec import Struct
from nats.aio.msg import Msg

from bus.causation import Cause
from bus.clock import monotonic, wall
from bus.operations import call, close, connect
from bus.wire.batch import EXPECTED
from bus.wire.envelope import COMMIT, envelope, stamp
from contracts.subject import Subject

MESSAGES = 4_000
_AT_ONCE = 64
_NONE: Mapping[str, str] = MappingProxyType({})
_GROUP = 128
"""As many as an agent handles together."""


class Input(Struct, frozen=True):
    run: str
    n: int
    text: str


class Output(Struct, frozen=True):
    run: str
    n: int
    text: str


INPUT = Subject("feed.bench.{run}.{n}", Input, "FEED")
OUTPUT = Subject("flight.bench.{run}.{n}", Output, "FLIGHTS")


def cause_by(headers: Mapping[str, str]) -> Cause:
    """The input, as the cause of its output."""
    return Cause(headers["ce-id"], headers["traceparent"][3:35])


async def rate_of(url: str, run: str, work: Callable[[], Awaitable[None]]) -> float:
    """Messages a second, from the start of `work` until all its outputs are stored and all its inputs are acked."""
    nc = await connect(url, name="watch")
    info = await call(nc, "STREAM.INFO.FLIGHTS")
    goal = info["state"]["messages"] + MESSAGES
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


async def bare(url: str, run: str) -> float:
    return await _bare(url, run)


async def bare_batched(url: str, run: str) -> float:
    return await _bare(url, run, batched=True)


async def bare_promising(url: str, run: str) -> float:
    promises = {COMMIT: f"{uuid.uuid4().hex}.{_GROUP}", EXPECTED: "0", "Nats-TTL": "336h"}
    return await _bare(url, run, batched=True, promises=promises)


async def _bare(url: str, run: str, *, batched: bool = False, promises: Mapping[str, str] = _NONE) -> float:
    async def work() -> None:
        nc = await nats.connect(url)
        js = nc.jetstream()
        decode, encode = msgspec.json.Decoder(Input).decode, msgspec.json.Encoder().encode
        config = {
            "durable_name": run,
            "filter_subject": INPUT.filter,
            "ack_policy": "explicit",
            "max_ack_pending": 20_000,
        }
        await call(nc, f"CONSUMER.CREATE.FEED.{run}", {"stream_name": "FEED", "config": config, "action": ""})
        inputs: asyncio.Queue[Msg] = asyncio.Queue()
        inbox = nc.new_inbox()

        async def hear(msg: Msg) -> None:
            inputs.put_nowait(msg)

        def output_of(msg: Msg) -> tuple[str, bytes, dict[str, str]]:
            message = decode(msg.data)
            output = OUTPUT.of(Output(message.run, message.n, message.text))
            cause = cause_by(msg.headers or {})
            headers = envelope(output.name, output.message, source=run, cause=cause, at=stamp(wall()))
            return output.name, encode(output.message), {**headers, **promises}

        async def relay(msg: Msg) -> None:
            name, payload, headers = output_of(msg)
            await js.publish(name, payload, headers=headers)

        async def relay_all(group: list[Msg]) -> None:
            batch = group[0].reply
            for i, msg in enumerate(group[:-1], 1):
                name, payload, headers = output_of(msg)
                headers |= {"Nats-Batch-Id": batch[-60:], "Nats-Batch-Sequence": str(i)}
                await nc.publish(name, payload, headers=headers)
            name, payload, headers = output_of(group[-1])
            headers |= {"Nats-Batch-Id": batch[-60:], "Nats-Batch-Sequence": str(len(group)), "Nats-Batch-Commit": "1"}
            answer = await nc.request(name, payload, headers=headers, timeout=10)
            assert b"error" not in answer.data, answer.data

        await nc.subscribe(inbox, cb=hear, pending_msgs_limit=0, pending_bytes_limit=0)
        ask = json.dumps({"batch": 512, "expires": int(20e9)}).encode()
        left, asked = MESSAGES, 0
        while left:
            if asked - (MESSAGES - left) < 256 and asked < MESSAGES:
                await nc.publish(f"$JS.API.CONSUMER.MSG.NEXT.FEED.{run}", ask, reply=inbox)
                asked += 512
            group = [await inputs.get()]
            while len(group) < (_GROUP if batched else _AT_ONCE) and not inputs.empty():
                group.append(inputs.get_nowait())
            if batched:
                await relay_all(group)
            else:
                await asyncio.gather(*(relay(msg) for msg in group))
            for msg in group:
                await nc.publish(msg.reply, b"+ACK")
            left -= len(group)
        await nc.flush()
        await nc.close()

    return await rate_of(url, run, work)


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
    decode, encode = msgspec.json.Decoder(Input).decode, msgspec.json.Encoder().encode

    async def as_bytes(message: Any) -> Any:
        return message.body  # decoded by msgspec below, as in the others

    @broker.subscriber(
        INPUT.filter,
        durable=run,
        stream=JStream("FEED", declare=False),
        pull_sub=PullSub(batch_size=_AT_ONCE, timeout=1),
        config=ConsumerConfig(max_ack_pending=20_000),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        max_workers=_AT_ONCE,
        no_reply=True,
        decoder=as_bytes,
    )
    async def hear(body: bytes, message: NatsMessage) -> None:  # FastStream passes `message` by its name
        nonlocal handled
        decoded = decode(body)
        output = OUTPUT.of(Output(decoded.run, decoded.n, decoded.text))
        headers = envelope(output.name, output.message, source=run, cause=cause_by(message.headers), at=stamp(wall()))
        await broker.publish(encode(output.message), output.name, headers=headers, stream="FLIGHTS")
        handled += 1
        if handled == MESSAGES:
            stop.set()

    async def work() -> None:
        await broker.start()
        await stop.wait()
        await broker.stop()

    return await rate_of(url, run, work)
