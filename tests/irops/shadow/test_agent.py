"""The agent that copies a live system's feed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from nats.aio.client import Client

from bus import Bus, Commit, Delivery, Reject, Unavailable, Write
from bus.access.permissions import permissions
from bus.admin.provision import provision, set_clock
from bus.admin.server import Server
from bus.wire.connection import close, connect
from contracts.layouts import LAYOUT, Layout, Section
from contracts.names import Pnr
from contracts.reservations import RESERVATION_STATUS, ReservationStatus
from contracts.streams import STREAMS
from contracts.subject import Addressed
from irops.shadow.agent import COPIER, Copy
from irops.shadow.config import Config
from irops.system.shadow import made_shadow
from tests.support import eventually

AIRCRAFT = Layout(layout="SMALL", sections=(Section(cabin="economy", first=1, last=4, letters="AB"),))
NOW = datetime(2013, 2, 8, 12, tzinfo=UTC)


@asynccontextmanager
async def another_system(folder: Path) -> AsyncIterator[tuple[Server, Client]]:
    """Provisioned, with the wall clock."""
    server = Server(folder)
    await server.start()
    nc = await connect(server.url, name="test")
    try:
        await provision(nc, STREAMS)
        await set_clock(nc)
        yield server, nc
    finally:
        await close(nc)
        server.kill()


@asynccontextmanager
async def copying(live: Bus, shadow: Server) -> AsyncIterator[Copy]:
    copy = Copy(live, Config(url=shadow.url))
    await copy.open()
    try:
        yield copy
    finally:
        await copy.close()


def delivered(addressed: Addressed[Any], id_: str) -> Delivery[Any]:
    return Delivery(
        message=addressed.message,
        subject=addressed.name,
        stream=addressed.stream,
        sequence=1,
        settled=1,
        id=id_,
        trace="",
        stored_at=NOW,
    )


def withdrawn(pnr: Pnr) -> Delivery[ReservationStatus]:
    return delivered(RESERVATION_STATUS.of(ReservationStatus(pnr=pnr, version=1, withdrawn=True)), f"of-{pnr}")


def test_its_key_may_say_nothing_but_that_something_could_not_be_copied() -> None:
    """Of all that streams keep, it may publish its own dead letters."""
    kept = {subject.split(".")[0] for stream in STREAMS for subject in stream.subjects}
    assert [each for each in permissions(COPIER).publish if each.split(".")[0] in kept] == ["dead.shadow.*.*"]


async def test_a_message_has_the_same_id_in_the_shadow_and_is_there_once(bus: Bus, tmp_path: Path) -> None:
    """What follows from it has the same ids then. It may be delivered again after a crash."""
    async with another_system(tmp_path / "shadow") as (server, nc):
        of_shadow = Bus(nc, source="test")
        await made_shadow(of_shadow)
        async with copying(bus, server) as copy:
            await copy.hear(RESERVATION_STATUS, [withdrawn("A"), withdrawn("B")])
            await copy.hear(RESERVATION_STATUS, [withdrawn("B")])
        found = [recorded async for recorded in of_shadow.history(RESERVATION_STATUS)]
    assert [(each.message.pnr, each.id) for each in found] == [("A", "of-A"), ("B", "of-B")]


async def test_a_layout_that_the_shadow_has_is_no_news_and_other_seats_are_refused(bus: Bus, tmp_path: Path) -> None:
    """The state that it began with has it already; what a name stands for stays."""
    async with another_system(tmp_path / "shadow") as (server, nc):
        of_shadow = Bus(nc, source="test")
        await made_shadow(of_shadow)
        await of_shadow.commit(Commit(states=[Write(LAYOUT.of(AIRCRAFT), 0)]))
        async with copying(bus, server) as copy:
            other = structs.replace(AIRCRAFT, layout="OTHER")
            await copy.hear_layouts([delivered(LAYOUT.of(AIRCRAFT), "a"), delivered(LAYOUT.of(other), "b")])
            larger = structs.replace(AIRCRAFT, sections=(Section(cabin="economy", first=1, last=9, letters="AB"),))
            with pytest.raises(Reject, match="knows the layout SMALL with other seats"):
                await copy.hear_layouts([delivered(LAYOUT.of(larger), "c")])
        assert [each.message async for each in of_shadow.history(LAYOUT)] == [AIRCRAFT, other]


async def test_what_a_shadow_cannot_take_now_is_copied_when_it_is_back(bus: Bus, tmp_path: Path) -> None:
    """The message is not done before it is stored there."""
    async with another_system(tmp_path / "shadow") as (server, nc):
        of_shadow = Bus(nc, source="test")
        await made_shadow(of_shadow)
        async with copying(bus, server) as copy:
            server.kill()
            with pytest.raises(Unavailable):
                await copy.hear(RESERVATION_STATUS, [withdrawn("A")])
            await server.start()
            await copy.hear(RESERVATION_STATUS, [withdrawn("A")])
        found = [recorded async for recorded in of_shadow.history(RESERVATION_STATUS)]
    assert [each.id for each in found] == ["of-A"]


class Looks:
    """Counts how often the shadow was looked for, and looks again at once."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, _seconds: float) -> None:
        self.count += 1
        await asyncio.sleep(0)


async def test_nothing_is_copied_to_a_system_that_is_no_shadow(bus: Bus, tmp_path: Path) -> None:
    """A live system would get a second feed: it waits until the system is a shadow."""
    looks = Looks()
    async with another_system(tmp_path / "other") as (server, nc):
        copy = Copy(bus, Config(url=server.url), pause=looks)
        opening = asyncio.create_task(copy.open())
        try:
            await eventually(lambda: looks.count > 2, what="it has looked several times")
            assert not opening.done()
            await made_shadow(Bus(nc, source="test"))
            await asyncio.wait_for(opening, 10)
        finally:
            await copy.close()


async def test_nothing_is_copied_from_a_shadow(server: Server, bus: Bus) -> None:
    """Where both addresses are the shadow's, its feed would be copied onto itself."""
    await made_shadow(bus)
    await bus.wait_for_tick(lambda _tick: bus.shadow is not None)
    looks = Looks()
    copy = Copy(bus, Config(url=server.url), pause=looks)
    opening = asyncio.create_task(copy.open())
    try:
        await eventually(lambda: looks.count > 2, what="it has looked several times")
        assert not opening.done()
    finally:
        opening.cancel()
        await asyncio.wait([opening])
        await copy.close()
