"""`irops import` at a server that takes small messages."""

from pathlib import Path

import msgspec

from bus import Bus
from bus.admin.provision import provision, set_clock
from bus.wire.connection import close, connect
from contracts.ledger import BOOKING
from contracts.streams import STREAMS
from irops.processes.supervisor import Supervisor
from simulation.seeding import seed_streams
from tests.bus.wire.servers import configured
from tests.irops.command_line import irops
from tests.journeys.small_world import World
from tests.support import eventually

encode = msgspec.json.encode


async def test_bookings_are_imported_in_groups_that_the_server_takes(tmp_path: Path) -> None:
    """399 at once would be more than its 64 KB. A booking that is too large by itself is reported with its line, its size and
    the limit."""
    world = World()
    flights = [world.flight(n, leaves=5, economy=60) for n in range(1, 8)]
    bookings = [world.booking(f"P{n}", flights[n % 7]) for n in range(399)]
    large = world.booking("LARGE", flights[0], remark="x" * 70_000)
    async with configured(tmp_path / "nats", "max_payload: 64KB") as server:
        nc = await connect(server.url, name="test")
        await provision(nc, STREAMS)
        await set_clock(nc)
        bus = Bus(nc, source="test")
        await bus.start_views()
        await seed_streams(bus, world.seeded())
        supervisor = Supervisor(tmp_path / "logs", {"NATS_URL": server.url})
        await supervisor.start(["agents.booker"])
        log = tmp_path / "logs" / "booker.log"
        try:
            await eventually(lambda: "ready" in log.read_text(), what="the booker", within=30)
            lines = b"\n".join(encode(booking) for booking in [*bookings, large])
            ended = await irops("import", "bookings", "-", url=server.url, stdin=lines)
        finally:
            await supervisor.stop()
            stored = [r.message.pnr async for r in bus.history(BOOKING)]
            await bus.stop_views()
            await close(nc)
    assert ended.err.startswith("stdin:400: ask.booker.import: 70,")
    assert ended.err.endswith(" bytes with headers, and the server takes 65,536 (max_payload)\n")
    assert (ended.status, ended.out) == (1, "399 imported, 1 refused\n")
    assert len(stored) == 399
