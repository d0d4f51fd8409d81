"""The small world in `examples/`, imported as its README says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bus.clock import wall
from contracts.flights import FlightStatus
from contracts.ledger import Booking
from contracts.reservations import ReservationStatus
from irops.lines.json_lines import Bad, parse
from tests.irops.command_line import ROOT, irops
from tests.journeys.small_world import World
from tests.journeys.system import System, living

SHOWN = re.compile(r"^ {4}irops import (flights|bookings|reservations) (examples/\S+)$", re.MULTILINE)
COMMANDS = SHOWN.findall((ROOT / "examples" / "README.md").read_text())
MESSAGES: dict[str, type[FlightStatus] | type[Booking] | type[ReservationStatus]] = {
    "flights": FlightStatus,
    "bookings": Booking,
    "reservations": ReservationStatus,
}


def lines(file: str) -> Iterator[tuple[int, bytes]]:
    return enumerate((ROOT / file).read_bytes().splitlines(), 1)


def test_the_readme_shows_how_to_import_every_sample() -> None:
    """None is left out."""
    assert {file for _, file in COMMANDS} == {f"examples/{path.name}" for path in (ROOT / "examples").glob("*.jsonl")}


@pytest.mark.parametrize(("kind", "file"), COMMANDS)
def test_every_line_of_a_sample_is_good(kind: str, file: str) -> None:
    """It has no unknown field."""
    assert not [line for line in parse(lines(file), MESSAGES[kind]) if isinstance(line, Bad)]


async def test_the_imported_samples_are_a_world_in_which_a_flight_is_cancelled(tmp_path: Path) -> None:
    """All lines are imported; parties on the flight are rebooked or stranded, others keep their seats. Then bookings are
    corrected, split and withdrawn, so that all have seats, and one is contradicted."""
    async with living(World(), tmp_path, now=wall()) as system:
        for kind, file in COMMANDS:
            if kind == "reservations":
                assert await trips(system) == DISRUPTED
            ended = await irops("import", kind, str(ROOT / file), url=system.server.url)
            assert (ended.status, ended.err) == (0, "")
            assert ended.out == f"{len(list(lines(file)))} imported, 0 refused\n"
            await system.settled()
        end = await trips(system)
        marked = await irops("marks", url=system.server.url)
        written_to = {"kim@example.org", "luis@example.org", "perez@example.org", "wong@example.org"}
        assert await letters(system) == written_to
    assert {pnr: state for pnr, (state, _) in end.items()} == {
        "K7QX2M": "rebooked",
        "L8VD3R": "rebooked",
        "P4TN8D": "rebooked",
        "R2HF6Z": "withdrawn",
        "W9LB3C": "rebooked",
    }
    assert [end[pnr] for pnr in ("K7QX2M", "W9LB3C")] == [DISRUPTED[pnr] for pnr in ("K7QX2M", "W9LB3C")]
    assert marked.out == "W9LB3C version 1  moved  is moved to B6 983; irops has moved it to B6 583\n"


DISRUPTED = {
    "K7QX2M": ("rebooked", ["B6.583.JFK.2050-02-08"]),
    "P4TN8D": ("stranded", []),
    "R2HF6Z": ("ticketed", ["B6.583.JFK.2050-02-08"]),
    "W9LB3C": ("rebooked", ["B6.583.JFK.2050-02-08"]),
}


async def trips(system: System) -> dict[str, tuple[str, list[str]]]:
    """State and flights of each booking's only journey."""
    found = {}
    for line in (await irops("export", "bookings", url=system.server.url)).out.splitlines():
        booking = json.loads(line)
        gone: dict[str, Any] = {"state": "withdrawn", "legs": []}
        journey = next(iter(booking["journeys"]), gone)
        found[booking["pnr"]] = journey.get("state", "ticketed"), [leg["flight"] for leg in journey["legs"]]
    return found


async def letters(system: System) -> set[str]:
    """The addresses that letters went to."""
    return {letter["To"] for letter in (await system.end()).mail.values()}
