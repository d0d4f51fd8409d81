"""Who is there: every agent answers NATS micro's `$SRV.PING` and `$SRV.STATS`."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg


@dataclass(frozen=True, slots=True)
class Instance:
    """One running agent process as it tells of itself."""

    agent: str
    id: str
    stats: dict[str, Any] = field(default_factory=dict)
    """What `bus.runtime.stats` tells; empty in an answer to a ping."""


async def discover(nc: Client, *, verb: str = "STATS", agent: str = "", wait: float = 0.3) -> list[Instance]:
    """Everyone who answers within `wait` seconds of asking; only instances of `agent` where one is named."""
    found: list[Instance] = []

    async def hear(msg: Msg) -> None:
        if not msg.data:
            return  # the server's word that nobody is there
        told = json.loads(msg.data)
        endpoints = told.get("endpoints") or [{}]
        found.append(Instance(told["name"], told["id"], endpoints[0].get("data") or {}))

    inbox = nc.new_inbox()
    sub = await nc.subscribe(inbox, cb=hear)
    await nc.publish(f"$SRV.{verb}" + (f".{agent}" if agent else ""), reply=inbox)
    await asyncio.sleep(wait)
    await sub.unsubscribe()
    return sorted(found, key=lambda i: (i.agent, i.id))
