"""The table a replay ends with."""

from io import StringIO

import pytest
from rich.console import Console

from irops.audit import audit
from irops.replay.run import Result
from irops.replay.summary import show
from tests.irops.audit.audit_world import sound
from tests.irops.live.frames import STORM

FIGURES = (
    "flights", "cancelled_flights", "delayed_flights", "diverted_flights", "feed_events", "disruptions", "parties",
    "passengers", "parties_affected", "parties_rebooked", "parties_kept", "parties_stranded", "plans_proposed",
    "plans_refused", "remarks_met", "remarks_unmet", "fallbacks", "notices_sent", "notices_superseded", "notices_pointless",
    "notices_undelivered",
    "dead_letters", "restarts", "wall_s",
)  # fmt: skip


def shown(**figures: int) -> str:
    """The summary of a replay in which all other figures are 0."""
    report = {
        **dict.fromkeys(FIGURES, 0),
        **figures,
        "day": "2013-02-08",
        "replay_hours": 24,
        "model": None,
        "latency_ms": {"event_to_notice": None},
        "passenger_delay_min": {"mean": 0, "median": 0, "p90": 0},
        "audit": {"oversold_seats": 0},
    }
    console = Console(record=True, width=100, file=StringIO())
    show(console, Result(report, audit(sound()), [], STORM))
    return console.export_text()


@pytest.mark.parametrize("figure", ["remarks_met", "remarks_unmet", "fallbacks"])
def test_remarks_are_shown_when_there_were_any(figure: str) -> None:
    """Met, unmet, and plans that fell back on the rules."""
    counts = {"remarks_met": "1,234, 0, 0", "remarks_unmet": "0, 1,234, 0", "fallbacks": "0, 0, 1,234"}
    row = next(line for line in shown(**{figure: 1234}).splitlines() if "remarks met, unmet, fallbacks" in line)
    assert counts[figure] in row


def test_without_remarks_there_is_no_row_about_them() -> None:
    """As where no model is configured."""
    assert "remarks" not in shown()
