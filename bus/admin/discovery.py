"""Finds running agents: each answers `$SRV.PING` and `$SRV.STATS`, as a NATS micro service does."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg


@dataclass(frozen=True, slots=True)
class Instance:
    """One running process of an agent, by its own answer."""

    agent: str
    id: str
    stats: dict[str, Any] = field(default_factory=dict)
    """What `bus.runtime.stats` collects; empty in the answer to a ping."""
    metadata: dict[str, str] = field(default_factory=dict)
    """Its declaration, as `Agent.metadata` has it."""

    @property
    def wakes_at(self) -> datetime | None:
        """When its timer is due next, event time; None: it has none, or did not say."""
        at = self.stats.get("wakes_at")
        return datetime.fromisoformat(at) if at else None


async def discover(nc: Client, *, verb: str = "STATS", agent: str = "", wait: float = 0.3) -> list[Instance]:
    """The instances that answer within `wait` seconds, sorted by agent; of one agent where `agent` names it.

    `verb` is `PING` or `STATS`.
    """
    found: list[Instance] = []

    async def receive(msg: Msg) -> None:
        if not msg.data:
            return  # the server's status message that no service responds
        answer = json.loads(msg.data)
        endpoints = answer.get("endpoints") or [{}]
        stats, metadata = endpoints[0].get("data") or {}, answer.get("metadata") or {}
        found.append(Instance(answer["name"], answer["id"], stats, metadata))

    inbox = nc.new_inbox()
    sub = await nc.subscribe(inbox, cb=receive)
    await nc.publish(f"$SRV.{verb}" + (f".{agent}" if agent else ""), reply=inbox)
    await asyncio.sleep(wait)
    await sub.unsubscribe()
    return sorted(found, key=lambda i: (i.agent, i.id))
