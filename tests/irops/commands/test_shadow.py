"""`irops provision --shadow`, `irops up --shadow` and what a shadow is not given."""

import signal
from pathlib import Path

from nats.aio.client import Client

from bus import Bus
from bus.admin.server import Server, free_port
from simulation.seeding import seed_streams
from tests.irops.command_line import irops, line_with, started
from tests.irops.commands.test_state import empty_server, stormy
from tests.journeys.system import living
from tests.support import eventually

CANCELLED = "B6.1.JFK.2013-02-08"


async def test_an_empty_system_becomes_a_shadow_once(server: Server, nc: Client) -> None:
    """Again, nothing changes."""
    made = await irops("provision", "--shadow", url=server.url)
    assert (made.status, made.out) == (0, "made it a shadow: nothing that it decides reaches anyone\n")
    assert (await irops("provision", "--shadow", url=server.url)).out == "nothing had to change\n"


async def test_the_status_says_that_a_system_is_a_shadow(server: Server, nc: Client) -> None:
    """One line, which a live system does not have."""
    assert "shadow" not in (await irops("status", url=server.url)).out
    await irops("provision", "--shadow", url=server.url)
    assert "UTC: nothing is booked or sent\n" in (await irops("status", url=server.url)).out


async def test_the_setting_makes_it_one_too(server: Server, nc: Client) -> None:
    """As the environment of containers has it."""
    made = await irops("provision", url=server.url, IROPS_AUTONOMY="shadow")
    assert (made.status, made.out) == (0, "made it a shadow: nothing that it decides reaches anyone\n")


async def test_a_new_system_has_the_mark_before_the_clock(server: Server, tmp_path: Path) -> None:
    """Agents that wait already take no message before the clock is set."""
    made = await irops("provision", "--shadow", url=server.url)
    assert made.out.splitlines()[-2:] == [
        "made it a shadow: nothing that it decides reaches anyone",
        "set the clock to the wall clock",
    ]


async def test_a_system_in_use_becomes_none(server: Server, bus: Bus) -> None:
    """What it has decided was decided for real. Exit status 1, and one line."""
    world = stormy()
    await seed_streams(bus, world.seeded())
    ended = await irops("provision", "--shadow", url=server.url)
    assert (ended.status, ended.out) == (1, "")
    assert (
        ended.err == "irops: FLIGHTS is not empty; only an empty system can become a shadow (use a new data folder)\n"
    )


async def test_the_state_of_a_shadow_is_imported_into_no_live_system(tmp_path: Path) -> None:
    """It names people on flights that no one has booked for them. Another shadow takes it."""
    world = stormy()
    async with living(world, tmp_path / "one", shadow=True) as shadow:
        await shadow.hear(world.status(CANCELLED, minute=1, cancelled=True))
        state = (await irops("export", "state", url=shadow.server.url)).out.encode()
    async with empty_server(tmp_path / "two") as server:
        refused = await irops("import", "state", "-", url=server.url, stdin=state)
        assert (refused.status, refused.out) == (1, "")
        assert refused.err == (
            "irops: this is the state of a shadow; import it into another one (`irops provision --shadow`)\n"
        )
        await irops("provision", "--shadow", url=server.url)
        assert (await irops("import", "state", "-", url=server.url, stdin=state)).status == 0


async def test_no_report_of_a_system_that_is_no_shadow(server: Server, nc: Client) -> None:
    """What it decides is done. Exit status 1."""
    ended = await irops("shadow", url=server.url)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("irops: this system is no shadow: what it decides is done")


async def test_only_a_shadow_copies_a_feed(tmp_path: Path) -> None:
    """A usage error, and nothing is started."""
    ended = await irops("up", "--data", str(tmp_path / "data"), "--of", "nats://127.0.0.1:4222")
    assert (ended.status, ended.out) == (2, "")
    assert "only a shadow copies another system's feed; give --shadow too" in ended.err
    assert not (tmp_path / "data").exists()


async def test_a_shadow_is_started_beside_a_live_system_from_its_state(tmp_path: Path) -> None:
    """Two parties are moved in the live system, then the new flight of one is cancelled: the shadow begins with the first
    decisions and makes the others, and the report has these alone."""
    world = stormy()
    later = world.flight(3, leaves=9)
    world.party("C", later)
    world.flight(4, leaves=11)
    async with living(world, tmp_path / "live") as live:
        await live.hear(world.status(CANCELLED, minute=1, cancelled=True))
        state = tmp_path / "state.jsonl"
        state.write_text((await irops("export", "state", url=live.server.url)).out)
        port = free_port()
        process = await started(
            *("up", "--data", str(tmp_path / "shadow"), "--port", str(port)),
            *("--shadow", "--of", live.server.url, "--state", str(state)),
        )
        try:
            await line_with(process, "ready: ")
            await live.hear(world.status(later, minute=3, cancelled=True))

            async def reported() -> bool:
                return "; 2 letters" in (await irops("shadow", url=f"nats://127.0.0.1:{port}")).out

            await eventually(reported, what="the shadow has decided", within=20)
            report = await irops("shadow", url=f"nats://127.0.0.1:{port}")
            audited = await irops("audit", url=f"nats://127.0.0.1:{port}")
        finally:
            process.send_signal(signal.SIGINT)
            await process.communicate(b"")
    assert process.returncode == 0
    summary, *lines = report.out.splitlines()[1:]
    assert [summary, *sorted(lines)] == [
        "2 journeys decided: 2 moved, 0 kept, 0 waiting for seats, 0 asked first; 2 letters written",
        "B 1  moved  cancelled (B6 3)  B6 4 2013-02-08 23:00 UTC to SFO",
        "C 1  moved  cancelled (B6 3)  B6 2 2013-02-08 19:00 UTC to SFO",
    ]
    assert audited.out.endswith("clean\n")
    letters = list((tmp_path / "shadow" / "maildir" / "new").iterdir())
    assert len(letters) == 2
