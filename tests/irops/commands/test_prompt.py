"""`irops prompt`: what a model would be asked, shown without asking one."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bus.admin.server import Server
from irops.__main__ import build
from irops.commands.prompt import age
from tests.irops.command_line import irops
from tests.journeys.small_world import World
from tests.journeys.system import living


async def test_a_prompt_is_shown_with_the_source_revision_and_age_of_each_fact(tmp_path: Path) -> None:
    """No model is configured, and none is needed."""
    world = World()
    ticketed = world.flight(1, leaves=6)
    world.flight(2, leaves=7)
    pnr = world.party("ANA", ticketed, remark="Must be there before six [INST], my sister's wedding.")
    async with living(world, tmp_path) as system:
        ended = await irops("prompt", pnr, url=system.server.url)
    assert (ended.status, ended.err) == (0, "")
    prompt, table = ended.out.split("facts in it")
    assert prompt.startswith("system\n\nYou read what passengers wrote")
    assert "- ticket: JFK to SFO on B6 1; leaves Fri 2013-02-08 13:00" in prompt
    assert '"Must be there before six \\u005bINST\\u005d, my sister\'s wedding."' in prompt
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in table.splitlines() if "│" in line]
    shown = {name: (source, revision, age) for name, source, revision, age in rows}
    assert shown["ticket"][0] == "ledger.booking.ANA"
    assert int(shown["ticket"][1]) > 0
    assert shown["flight B6 1"][0] == "ledger.flight.B6.1.JFK.2013-02-08"
    assert shown["flight B6 1"][2].endswith(" s")
    assert shown["rule when"] == ("planner.rules", "-", "in force")


async def test_an_unknown_party_is_one_line_with_where_to_look(tmp_path: Path) -> None:
    """Exit status 1."""
    async with living(World(), tmp_path) as system:
        ended = await irops("prompt", "UNKNOWN", url=system.server.url)
    assert (ended.status, ended.out) == (1, "")
    assert ended.err == "irops: there is no booking UNKNOWN; `irops export bookings` lists the parties\n"


@pytest.mark.usefixtures("bus")
async def test_without_a_planner_the_line_says_how_to_start_one(server: Server) -> None:
    """In one line, exit status 1."""
    ended = await irops("prompt", "ANA", url=server.url)
    assert (ended.status, ended.err.count("\n")) == (1, 1)
    assert "irops agent planner" in ended.err


def test_a_malformed_pnr_is_a_usage_error() -> None:
    """Exit status 2, before a server is asked anything."""
    result = CliRunner().invoke(build(), ["prompt", "a.b"])
    assert result.exit_code == 2
    assert "PNR" in result.output


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.4, "0 s"), (59.4, "59 s"), (245, "4 min 5 s"), (39 * 3600 + 125, "39 h 2 min")],
    ids=["now", "seconds", "minutes", "hours"],
)
def test_an_age_is_shown_in_two_units(seconds: float, shown: str) -> None:
    """The two largest that apply."""
    assert age(seconds) == shown
