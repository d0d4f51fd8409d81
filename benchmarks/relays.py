"""Relays to measure the agents' latency against: five processes, each hears a message and publishes it on.

The *bare* relay is as quick as a hop can be on these streams: a callback that publishes, awaits the acknowledgement and acks.
The *committing* relay does by hand what the agents' guarantees make them do, and nothing else: a hop takes what has come,
reads the present state of each message's key, and where the agent of that place commits states with its facts it stores as
many in one atomic batch. It decides nothing, so it bounds what any such agents could reach on this server and disk.

`python -m benchmarks.relays <url> <hop> bare|committing` is one of its processes.
"""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
import uvloop
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.client import JetStreamContext

from bus.operations import provision
from contracts.flights import FLIGHT_STATUS
from contracts.streams import Stream

HOPS = 5
STATES = (1, 2, 0, 4, 0)
"""What each agent of the way writes beside its fact, of one message: the monitor a flight; the booker seats and its lease; the
planner nothing; the booker a booking, seats it gives up and takes, and its lease; the notifier nothing."""
LAST = f"RELAY{HOPS}"


def _stream(hop: int) -> str:
    return "FEED" if hop == 0 else f"RELAY{hop}"


@asynccontextmanager
async def relaying(nc: Client, url: str, kind: str) -> AsyncIterator[None]:
    """All its processes wait for messages; their output is in the stream `LAST`, oldest first, at `relay.5.<flight>`."""
    streams = [Stream(f"RELAY{n}", (f"relay.{n}.>", f"state.{n}.>"), "benchmark") for n in range(1, HOPS + 1)]
    await provision(nc, streams)
    js = nc.jetstream()
    hops: list[asyncio.subprocess.Process] = []
    try:
        for hop in range(HOPS):
            heard = FLIGHT_STATUS.filter if hop == 0 else f"relay.{hop}.>"
            await js.add_consumer(_stream(hop), durable_name="relay", filter_subject=heard, ack_policy="explicit")
            command = (sys.executable, "-m", "benchmarks.relays", url, str(hop), kind)
            hops.append(await asyncio.create_subprocess_exec(*command, env=dict(os.environ)))
        for hop in range(HOPS):
            while not (await js.consumer_info(_stream(hop), "relay")).num_waiting:
                await asyncio.sleep(0.05)
        yield
    finally:
        for process in hops:
            if process.returncode is None:
                process.terminate()
        await asyncio.gather(*(process.wait() for process in hops))


async def run(url: str, hop: int, kind: str) -> None:
    """One hop. The first lets on only what is cancelled, as the monitor does."""
    nc = await nats.connect(url)
    js = nc.jetstream()
    came: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = nc.new_inbox()

    async def hear(msg: Msg) -> None:
        if not msg.reply.startswith("$JS.ACK"):
            return
        if kind == "committing":
            came.put_nowait(msg)
            return
        if hop or b'"cancelled":true' in msg.data:
            await js.publish(_next(hop, msg), msg.data, headers=_headers(msg))
        await nc.publish(msg.reply, b"+ACK")

    await nc.subscribe(inbox, cb=hear)
    states = await nc.subscribe(nc.new_inbox())
    ask = json.dumps({"batch": 100_000, "expires": int(120e9)}).encode()
    await nc.publish(f"$JS.API.CONSUMER.MSG.NEXT.{_stream(hop)}.relay", ask, reply=inbox)
    while True:
        group = [await came.get()]
        while not came.empty() and len(group) < 128:
            group.append(came.get_nowait())
        await _commit(nc, js, hop, group, states)
        for msg in group:
            await nc.publish(msg.reply, b"+ACK")


async def _commit(nc: Client, js: JetStreamContext, hop: int, group: list[Msg], states: Subscription) -> None:
    """Reads each message's state, then stores the facts and the states together."""
    keys = json.dumps({"multi_last": [_state(hop, msg, 0) for msg in group]}).encode()
    await nc.publish(f"$JS.API.DIRECT.GET.RELAY{hop + 1}", keys, reply=states.subject)
    while "Status" not in ((await states.next_msg(timeout=10)).headers or {}):
        pass
    facts = [msg for msg in group if hop or b'"cancelled":true' in msg.data]
    out = [(_next(hop, msg), msg.data, _headers(msg)) for msg in facts]
    out += [(_state(hop, msg, k), msg.data, {}) for k in range(STATES[hop]) for msg in group]
    if len(out) == 1:
        subject, data, headers = out[0]
        await js.publish(subject, data, headers=headers)
        return
    batch = uuid.uuid4().hex
    for k, (subject, data, headers) in enumerate(out, 1):
        headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(k)}
        if k < len(out):
            await nc.publish(subject, data, headers=headers)
        else:
            answer = await nc.request(subject, data, headers={**headers, "Nats-Batch-Commit": "1"}, timeout=10)
            assert b'"error"' not in answer.data, answer.data


def _headers(msg: Msg) -> dict[str, str]:
    """What goes on with a message: all but what the server was told of it."""
    return {name: value for name, value in (msg.headers or {}).items() if not name.startswith("Nats-")}


def _next(hop: int, msg: Msg) -> str:
    return f"relay.{hop + 1}.{_flight(msg)}"


def _state(hop: int, msg: Msg, k: int) -> str:
    return f"state.{hop + 1}.{k}.{_flight(msg)}"


def _flight(msg: Msg) -> str:
    return msg.subject.split(".", 2)[2]


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
