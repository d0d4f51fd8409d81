"""A push consumer that is aimed at an agent's endpoint does not ask it anything.

A user who may create a consumer chooses the subject its messages are delivered to. Aimed at `ask.booker.import`, stored
messages arrive there as if they were asked, by a user who may not ask.
"""

import json
from functools import partial
from pathlib import Path

import msgspec
from nats.aio.client import Client
from nats.errors import Error

from bus.operations import call
from contracts.asks import ImportBookings, Step, retry_of, step_of
from contracts.ledger import BOOKING
from tests.journeys.small_world import T0, World
from tests.journeys.system import AGENTS, living
from tests.support import eventually

encode = msgspec.json.encode

ENDPOINTS = {ask.name for agent in AGENTS for ask in (*agent.answers, step_of(agent.name), retry_of(agent.name))}
"""Of every agent."""


async def test_no_endpoint_of_any_agent_takes_a_stored_message_for_a_question(tmp_path: Path) -> None:
    """Neither a good question nor nonsense; nothing is imported, and the attacker's messages stay unacknowledged."""
    world = World()
    flight = world.flight(1, leaves=5, economy=3)
    questions = [
        json.dumps({"nonsense": True}).encode(),
        encode(ImportBookings(bookings=(world.booking("A", flight),))),
        encode(Step(now=T0, upto={})),
    ]
    async with living(World(), tmp_path) as system:
        nc = system.bus.nc
        await eventually(lambda: _requests(nc), what="the endpoints of every agent")
        await call(nc, "STREAM.CREATE.EVIL", {"name": "EVIL", "subjects": ["evil"]})
        for question in questions:
            await nc.request("evil", question, timeout=2)
        for number, endpoint in enumerate(sorted(ENDPOINTS)):
            config = {"durable_name": f"c{number}", "deliver_subject": endpoint, "deliver_group": "q"}
            config |= {"ack_policy": "explicit"}
            await call(nc, f"CONSUMER.CREATE.EVIL.c{number}", {"stream_name": "EVIL", "config": config})
        for number in range(len(ENDPOINTS)):
            await eventually(partial(_delivered, nc, f"c{number}", len(questions)), what="every question delivered")
        requests = await _requests(nc)
        assert requests == dict.fromkeys(ENDPOINTS, 0)
        key = BOOKING.key(pnr="A")
        assert (await system.bus.load([key]))[key] is None
        await call(nc, "STREAM.DELETE.EVIL")


async def _delivered(nc: Client, consumer: str, count: int) -> bool:
    """Whether that many messages were sent and none was acknowledged."""
    info = await call(nc, f"CONSUMER.INFO.EVIL.{consumer}")
    return bool(info["delivered"]["consumer_seq"] >= count and info["num_ack_pending"] == count)


async def _requests(nc: Client) -> dict[str, int] | None:
    """By endpoint, the requests it has handled; None until every endpoint is there."""
    found: dict[str, int] = {}
    for agent in AGENTS:
        try:
            reply = await nc.request(f"$SRV.STATS.{agent.name}", b"", timeout=1)
        except Error:
            return None
        found |= {e["subject"]: e["num_requests"] for e in json.loads(reply.data)["endpoints"]}
    return found if found.keys() == ENDPOINTS else None
