"""One hop: consume, decode, handle, encode, publish, ack; 300-byte messages, the same headers in and out.

Ours is a whole agent: its consumer, leases, handler, `emit_once` and acks, as every agent runs them. Beside it, in the same
round, the loops of `benchmarks.hop_loops`.

`python -m benchmarks.hop`
"""

import asyncio
import importlib.util
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvloop

from benchmarks.hop_loops import (
    INPUT,
    MESSAGES,
    OUTPUT,
    Input,
    Output,
    bare,
    bare_batched,
    bare_promising,
    faststream,
    rate_of,
)
from benchmarks.report import machine, save, show, show_ratio
from bus import Agent, Bus, Delivery, Fact, Handlers
from bus.clock import wall
from bus.operations import Server, call, close, connect, provision, set_clock
from bus.runtime.running import Running
from bus.settings import Settings
from bus.wire.envelope import envelope, stamp
from contracts.streams import STREAMS

ROUNDS = 5
_TEXT = "x" * 265
"""Makes the message 300 bytes."""


async def fill(url: str, run: str) -> None:
    """Publish the inputs of one run."""
    nc = await connect(url, name="fill")
    encode = msgspec.json.Encoder().encode
    for at in range(0, MESSAGES, 500):
        batch = [INPUT.of(Input(run, n, _TEXT)) for n in range(at, at + 500)]
        for i, one in enumerate(batch):
            headers = envelope(one.name, one.message, source="fill", cause=None, at=stamp(wall()))
            headers |= {"Nats-Batch-Id": f"{run}{at}", "Nats-Batch-Sequence": str(i + 1)}
            if i < len(batch) - 1:
                await nc.publish(one.name, encode(one.message), headers=headers)
            else:
                await nc.request(
                    one.name, encode(one.message), headers={**headers, "Nats-Batch-Commit": "1"}, timeout=10
                )
    await close(nc)


async def ours(url: str, run: str) -> float:
    stop = asyncio.Event()
    handled = 0

    async def build(bus: Bus) -> Handlers:
        async def hear(group: Sequence[Delivery[Input]]) -> None:
            nonlocal handled
            facts = [Fact(OUTPUT.of(Output(d.message.run, d.message.n, d.message.text)), d) for d in group]
            await bus.emit_once(facts)
            handled += len(group)
            if handled == MESSAGES:
                stop.set()

        return Handlers({INPUT: hear})

    agent = Agent(run, hears=(INPUT,), says=(OUTPUT,))

    async def work() -> None:
        async with Running(agent, build, Settings(nats_url=url), stop) as running:
            await running.until_stopped()

    return await rate_of(url, run, work)


async def measured(sync: str, which: dict[str, Callable[[str, str], Awaitable[float]]]) -> dict[str, list[float]]:
    """Messages a second of each, round by round, without the first round, which is the warm-up."""
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
        print("FastStream is not installed; `pip install faststream[nats]` adds it.")
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
