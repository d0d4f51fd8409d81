"""Rules of carriers, from a file to a decision: adopted while the system runs, and judged by the audit at the end."""

from datetime import timedelta
from pathlib import Path

import pytest

from bus import AskFailed
from contracts.ledger import BookingChanged, BookingStranded
from contracts.rules import ADOPT_RULES, AdoptRules, RulesRead
from tests.journeys.small_world import T0, World
from tests.journeys.system import End, System, living

FILE = """\
[reaccommodation]
name = "x"
source = "x"
carriers = ["B6"]
[partners]
alliance = ["NW"]
[onto]
none = ["own"]
gold = ["own", "alliance"]
"""
WITHIN = timedelta(seconds=10)


async def adopt(system: System) -> RulesRead:
    return await system.bus.ask(ADOPT_RULES, AdoptRules(), timeout=WITHIN)


def decided(end: End, pnr: str) -> list[tuple[type, int]]:
    return [(type(fact), fact.rules) for fact in end.facts(pnr)]


async def test_a_changed_file_takes_effect_while_the_system_runs(tmp_path: Path) -> None:
    """B6 moves only gold onto NW's flight, so one party waits. To ask again is no news, and a file with a fault changes
    nothing. Then the file permits it, and the party is planned again by the new set, which its fact names. The audit, which
    runs at the end, judges each decision by the set that it was made by."""
    folder = tmp_path / "rules"
    folder.mkdir()
    file = folder / "b6.toml"
    file.write_text(FILE)
    world = World()
    dead, theirs = world.flight(1, leaves=3), world.flight(2, leaves=5, carrier="NW")
    world.party("WAITS", dead)
    world.party("GOLD", dead, tier="gold")
    async with living(world, tmp_path, environment={"IROPS_RULES_FOLDER": str(folder)}) as system:
        await system.hear(world.status(dead, cancelled=True))
        assert await adopt(system) == RulesRead(version=1)
        file.write_text(FILE.replace('none = ["own"]', 'none = ["friends"]'))
        with pytest.raises(AskFailed, match=r"b6\.toml, line 8, onto\.none\[0\]: no such group of partners"):
            await adopt(system)
        file.write_text(FILE.replace('none = ["own"]', 'none = ["any"]'))
        assert await adopt(system) == RulesRead(version=2, is_new=True)
        await system.settled()
        end = await system.end()
    assert (decided(end, "GOLD"), end.trip("GOLD")) == ([(BookingChanged, 1)], [theirs])
    assert (decided(end, "WAITS"), end.trip("WAITS")) == ([(BookingStranded, 1), (BookingChanged, 2)], [theirs])
    assert [len(adopted.rules.carriers) for _, adopted in end.streams.adopted] == [1, 1]


async def test_a_file_takes_effect_at_its_time(tmp_path: Path) -> None:
    """B6 moves no one onto NW's flight until an hour later, when its other file starts. No one asks for it: the party that
    waits is planned again by then. What the folder has come to say meanwhile counts only once it is adopted."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "now.toml").write_text(FILE)
    starts = T0 + timedelta(hours=1)
    wider = FILE.replace('none = ["own"]', 'none = ["any"]')
    (folder / "soon.toml").write_text(wider.replace("[partners]", f"starts = {starts.isoformat()}\n[partners]"))
    world = World()
    dead, theirs = world.flight(1, leaves=3), world.flight(2, leaves=5, carrier="NW")
    world.party("WAITS", dead)
    async with living(world, tmp_path, environment={"IROPS_RULES_FOLDER": str(folder)}) as system:
        await system.hear(world.status(dead, cancelled=True))
        (folder / "soon.toml").unlink()
        await system.pass_to(starts)
        await system.settled()
        end = await system.end()
    assert (decided(end, "WAITS"), end.trip("WAITS")) == ([(BookingStranded, 1), (BookingChanged, 2)], [theirs])
    (_, adopted) = end.streams.adopted[-1]
    assert adopted.since >= starts
