"""Relays to measure the agents' latency against: five processes, each of which republishes the messages it receives.

The *bare* relay is as fast as a hop can be on these streams: a callback that publishes, awaits the answer and acks. The
*committing* relay does by hand what the agents' guarantees require, and nothing else: a hop takes the messages that are there,
reads the current state of each message's key, and where the agent at that position commits states with its facts, it stores as
many in one atomic batch. It decides nothing, so it is a bound for any such agents on this server and disk.

`python -m benchmarks.relays <url> <hop> bare|committing <ends>` runs one of the processes; `ends` is the hop that passes on
cancellations only.
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

from bus.operations import provision
from contracts.flights import FLIGHT_STATUS, FlightStatus
from contracts.streams import Stream
from contracts.subject import Subject

HOPS = 5
STATES = (1, 2, 0, 4, 0)
"""The states that each agent commits with its fact, for one message: the monitor a flight; the booker seats and its lease; the
planner none; the booker a booking, the seats it releases and takes, and its lease; the notifier none."""
REPEATED_END = 0
"""The hop that is the last for an event which repeats what is known: the monitor."""
MOVED_END = 1
"""And for one which moves a time by so little that no one is notified: the booker."""
RELAYED = Subject(f"relay.{HOPS}.{{flight}}", FlightStatus, f"RELAY{HOPS}")
"""The output of the last hop."""


def _stream(hop: int) -> str:
    return "FEED" if hop == 0 else f"RELAY{hop}"


@asynccontextmanager
async def relaying(nc: Client, url: str, kind: str, *, ends: int) -> AsyncIterator[None]:
    """A relay whose processes are waiting for messages. Its output is `RELAYED`."""
    streams = [Stream(f"RELAY{n}", (f"relay.{n}.>", f"state.{n}.>"), "benchmark") for n in range(1, HOPS + 1)]
    await provision(nc, streams)
    js = nc.jetstream()
    hops: list[asyncio.subprocess.Process] = []
    try:
        for hop in range(HOPS):
            inputs = FLIGHT_STATUS.filter if hop == 0 else f"relay.{hop}.>"
            await js.add_consumer(_stream(hop), durable_name="relay", filter_subject=inputs, ack_policy="explicit")
            command = (sys.executable, "-m", "benchmarks.relays", url, str(hop), kind, str(ends))
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


async def run(url: str, hop: int, kind: str, ends: int) -> None:
    """One hop."""
    nc = await nats.connect(url)
    js = nc.jetstream()
    inputs: asyncio.Queue[Msg] = asyncio.Queue()
    inbox = nc.new_inbox()

    async def hear(msg: Msg) -> None:
        if not msg.reply.startswith("$JS.ACK"):
            return
        if kind == "committing":
            inputs.put_nowait(msg)
            return
        if _passes(hop, msg, ends):
            await js.publish(_next(hop, msg), msg.data, headers=_headers(msg))
        await nc.publish(msg.reply, b"+ACK")

    await nc.subscribe(inbox, cb=hear)
    states = await nc.subscribe(nc.new_inbox())
    ask = json.dumps({"batch": 100_000, "expires": int(120e9)}).encode()
    await nc.publish(f"$JS.API.CONSUMER.MSG.NEXT.{_stream(hop)}.relay", ask, reply=inbox)
    while True:
        group = [await inputs.get()]
        while not inputs.empty() and len(group) < 128:
            group.append(inputs.get_nowait())
        await _commit(nc, hop, group, states, ends)
        for msg in group:
            await nc.publish(msg.reply, b"+ACK")


async def _commit(nc: Client, hop: int, group: list[Msg], states: Subscription, ends: int) -> None:
    """Read the state of each message's key, then store facts and states together."""
    keys = json.dumps({"multi_last": [_state(hop, msg, 0) for msg in group]}).encode()
    await nc.publish(f"$JS.API.DIRECT.GET.RELAY{hop + 1}", keys, reply=states.subject)
    while "Status" not in ((await states.next_msg(timeout=10)).headers or {}):
        pass
    facts = [msg for msg in group if _passes(hop, msg, ends)]
    out = [(_next(hop, msg), msg.data, _headers(msg)) for msg in facts]
    out += [(_state(hop, msg, k), msg.data, {}) for k in range(STATES[hop]) for msg in group]
    if len(out) == 1:
        subject, data, headers = out[0]
        await nc.jetstream().publish(subject, data, headers=headers)
        return
    batch = uuid.uuid4().hex
    for k, (subject, data, headers) in enumerate(out, 1):
        headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(k)}
        if k < len(out):
            await nc.publish(subject, data, headers=headers)
        else:
            answer = await nc.request(subject, data, headers={**headers, "Nats-Batch-Commit": "1"}, timeout=10)
            assert b'"error"' not in answer.data, answer.data


def _passes(hop: int, msg: Msg, ends: int) -> bool:
    return hop != ends or b'"cancelled":true' in msg.data


def _headers(msg: Msg) -> dict[str, str]:
    """The headers to republish: all but those for the server."""
    return {name: value for name, value in (msg.headers or {}).items() if not name.startswith("Nats-")}


def _next(hop: int, msg: Msg) -> str:
    return f"relay.{hop + 1}.{_flight(msg)}"


def _state(hop: int, msg: Msg, k: int) -> str:
    return f"state.{hop + 1}.{k}.{_flight(msg)}"


def _flight(msg: Msg) -> str:
    return msg.subject.split(".", 2)[2]


if __name__ == "__main__":
    uvloop.run(run(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
