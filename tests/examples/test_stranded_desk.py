"""The smallest example beside the four agents, as a process of its own."""

from pathlib import Path

import pytest

from bus import Delivery
from contracts.ledger import BookingStranded
from examples.stranded_desk import show
from tests.agents.notifier.samples import DECIDED, lapsed, overdue, stranded
from tests.journeys.small_world import World
from tests.journeys.system import living
from tests.support import eventually


async def test_a_stranded_party_shows_at_a_desk_that_only_subscribed(tmp_path: Path) -> None:
    """A cancelled flight without an alternative strands the party, and the desk prints who waits where."""
    world = World()
    flight = world.flight(1017, leaves=6)
    world.party("K7QX2M", flight)
    async with living(world, tmp_path) as system:
        await system.supervisor.start(["examples.stranded_desk"])
        await system.hear(world.status(flight, minute=1, cancelled=True))
        log = tmp_path / "logs" / "stranded_desk.log"
        line = "K7QX2M waits in JFK for a seat to SFO (had B6 1017)"
        await eventually(lambda: line in log.read_text().splitlines(), what=f"{line!r} in {log.name}")


@pytest.mark.parametrize(
    ("fact", "had"),
    [(stranded(), " (had B6 1017)"), (lapsed(), " (had DL 22)"), (overdue(), "")],
    ids=["stranded", "lapsed", "overdue"],
)
async def test_a_party_that_waits_on_is_shown_with_what_it_gives_up(
    fact: BookingStranded, had: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """If that is anything: one that waits for too long has had no flights since it was stranded."""
    delivery = Delivery(
        message=fact, subject="", stream="LEDGER", sequence=1, settled=1, id="1", trace="", stored_at=DECIDED
    )
    await show([delivery])
    assert capsys.readouterr().out == f"K7QX2M waits in {fact.origin} for a seat to BOS{had}\n"
