"""docs/offers.md shows what the command line answers."""

import re
import shlex
from pathlib import Path

from tests.irops.command_line import irops
from tests.journeys.offering import answers, asking, echo, open_offer
from tests.journeys.small_world import World
from tests.journeys.system import living

PAGE = (Path(__file__).parents[2] / "docs" / "offers.md").read_text()
_DESK, _SYSTEM = PAGE.split("## A reservation system that has the last word")
_COMMANDS = re.compile(r"```console\n\$ irops (.*)\n((?:.*\n)*?)```")
SHOWN, SHOWN_OF_SYSTEM = _COMMANDS.findall(_DESK), _COMMANDS.findall(_SYSTEM)
CONSENT = """\
by = "desk"
ssrs = ["UMNR"]
default = "leave"
[[consent]]
by = "party"
within = "90 min"
"""
OF_SYSTEM = """\
by = "system"
within = "90 min"
default = "leave"
"""


async def test_each_command_of_the_page_answers_as_shown(tmp_path: Path) -> None:
    """One after the other, in the world that the page is about, where time hardly passes."""
    world = World()
    dead, _, _ = (world.flight(number, leaves=leaves) for number, leaves in ((1, 3), (2, 6), (3, 8)))
    world.party("FAMILY", dead, seats=3)
    world.party("ALONE", dead, ssrs=("UMNR",))
    world.party("SOLO", dead)
    assert len(SHOWN) == _DESK.count("$ irops") > 0
    async with living(world, tmp_path, environment=asking(tmp_path, CONSENT), speed=0.001) as system:
        await system.hear(world.status(dead, cancelled=True))
        for command, output in SHOWN:
            ended = await irops(*shlex.split(command), url=system.server.url)
            assert ended.out + ended.err == output


async def test_a_confirmation_that_comes_too_late_is_shown_until_the_next_version(tmp_path: Path) -> None:
    """In a world of its own, where time passes."""
    world = World()
    dead, _ = (world.flight(number, leaves=leaves) for number, leaves in ((1, 3), (2, 6)))
    world.party("GROUP", dead, seats=3)
    rules = asking(tmp_path, OF_SYSTEM)
    assert len(SHOWN_OF_SYSTEM) == _SYSTEM.count("$ irops") == 2

    async def shows(command: str) -> str:
        ended = await irops(*shlex.split(command), url=system.server.url)
        return ended.out + ended.err

    (late, waits), (settled, nothing) = SHOWN_OF_SYSTEM
    async with living(world, tmp_path, environment=rules, speed=0.001) as system:
        await system.hear(world.status(dead, cancelled=True))
        offer = await open_offer(system, "GROUP")
        assert offer is not None
        await system.pass_to(offer.until)
        await answers(system, offer, "take", by="system")
        assert await shows(late) == waits
        await system.hear(echo(world, offer))
        assert await shows(settled) == nothing
