"""The panel, drawn."""

from io import StringIO

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from irops.live.figures import Counts, Figures, Reports
from irops.live.panel import line, panel
from irops.live.screen import Lines, Terminal, open_screen
from tests.irops.live.frames import STORM, T0

QUIET = Figures(now=T0, zone="UTC", pace="real time", window="the last 60 min", counts=Counts(), reports=Reports())


def drawn(figures: Figures, width: int = 96) -> str:
    console = Console(width=width, file=StringIO(), record=True, color_system=None)
    console.print(panel(figures, width=width))
    return console.export_text()


@pytest.mark.parametrize(
    "words",
    [
        "Fri 08 Feb 2013 12:30",
        "New York, 900 x real time",
        "390  parties",
        "rebooked",
        "321",
        "1,234 of 3,576, 12/s",
        "789 sent, 3 superseded",
        "12 ms, p99 3.4 s",
        "1.5 ms, p99 20 ms",
        "B6 83 from JFK cancelled: 42 parties",
        "booker x2   planner x3",
        "figures over the replay so far",
    ],
)
@pytest.mark.parametrize("width", [100, 48])
def test_every_figure_is_shown(words: str, width: int) -> None:
    """In a wide terminal and in a narrow one, where a news line may be cut."""
    shown = drawn(STORM, width)
    assert words[: width - 4] in shown


@pytest.mark.parametrize("width", [30, 48, 80, 200])
@pytest.mark.parametrize("figures", [STORM, QUIET], ids=["storm", "quiet"])
def test_no_line_is_wider_than_the_terminal(figures: Figures, width: int) -> None:
    """Nor than 96 cells, beyond which it would be hard to read."""
    assert max(cell_len(text) for text in drawn(figures, width).splitlines()) <= min(width, 96)


def test_the_bars_are_shares_of_the_parties_affected() -> None:
    """The longest is the most frequent outcome's; an outcome without parties is empty."""
    shown = drawn(replace(STORM, counts=Counts(outcomes={"rebooked": 30, "kept": 10})))
    bars = {text.split()[1]: text.count("█") for text in shown.splitlines() if "│ " in text and "parties" not in text
            and text.split()[1] in ("rebooked", "kept", "stranded")}  # fmt: skip
    assert bars["stranded"] == 0
    assert bars["rebooked"] == pytest.approx(3 * bars["kept"], abs=3)


def test_trouble_is_shown() -> None:
    """Dead letters, undelivered notices, the model's, the clock's, and a process that died."""
    counts = Counts(dead=7, undelivered=5)
    reports = Reports(model="large: asked 3, answered 0; paused: 401 Unauthorized", trouble="401 Unauthorized")
    shown = drawn(
        replace(QUIET, counts=counts, reports=reports, clock_note="the clock is a replay's", alarm="booker died")
    )
    for words in ("dead letters", "7", "undelivered", "5", "paused: 401", "the clock is a replay's", "booker died"):
        assert words in shown


def test_a_system_without_agents_says_so() -> None:
    """It is the first thing to see."""
    assert "no agent answers" in drawn(QUIET)


def test_a_line_has_the_figures_that_matter() -> None:
    """For a log or a pipe."""
    assert line(STORM) == (
        "Fri 08 Feb 2013 12:30  feed 1234/3576  disruptions 56  rebooked 321  kept 65  stranded 4  notices 789  "
        "event to notice 12 ms  restarts 2"
    )


def test_a_terminal_gets_a_panel_and_a_pipe_gets_lines() -> None:
    """By what the console is."""
    terminal = open_screen(Console(force_terminal=True, file=StringIO()))
    terminal.close()
    assert isinstance(terminal, Terminal)
    assert isinstance(open_screen(Console(force_terminal=False, file=StringIO())), Lines)
