"""`irops eval`."""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bus.clock import monotonic
from irops import evaluation
from irops.evaluation.case import Case
from irops.evaluation.errors import BadCase
from irops.evaluation.figures import Figures, figures
from irops.evaluation.judging import Answer, judge
from irops.evaluation.playing import play
from irops.evaluation.reading import read_cases
from irops.evaluation.showing import show, wrong
from irops.evaluation.worlds import worlds
from irops.terminal.command import run, until_interrupted
from irops.terminal.failures import Failed, complain
from irops.terminal.folders import folder_of

OURS = Path(evaluation.__file__).with_name("cases")
RULES = "rules only"


def evaluate(
    cases: Annotated[
        Path,
        typer.Option(help="A folder of case files (*.json) instead of those that come with irops.", file_okay=False),
    ] = OURS,
    trials: Annotated[int, typer.Option(min=1, max=100, help="How often the model plays all cases.")] = 3,
    json: Annotated[Path | None, typer.Option(help="A file for all results (JSON).", dir_okay=False)] = None,
) -> None:
    """Measure how well a model reads remarks and chooses trips, on cases with known answers.

    The real system plays each case once by the rules only and, if IROPS_LLM_BASE_URL names a model, --trials times with it.
    The exit status is 0 however well the model does, and 1 if anything illegal got through. docs/evaluation.md explains the
    format of the files and the figures.

    Example: irops eval --trials 5 --json evaluation.json
    """
    folder_of(json, "--json")
    run(until_interrupted(_evaluate(cases, trials=trials, to=json)))


async def _evaluate(folder: Path, *, trials: int, to: Path | None) -> int:
    console = Console(highlight=False)
    began = monotonic()
    cases = _read(folder)
    runs = {RULES: 1} | ({_model(): trials} if _model() else {})
    with tempfile.TemporaryDirectory(prefix="irops-eval-") as temporary:
        arms = {
            arm: await _arm(
                cases, Path(temporary) / str(i), trials=count, with_model=arm != RULES, name=arm, to=console
            )
            for i, (arm, count) in enumerate(runs.items())
        }
    results = {arm: figures(outcome.answers, outcome.illegal) for arm, outcome in arms.items()}
    wall = monotonic() - began
    tried = f", {trials} trials with the model" if _model() else ""
    show(console, results, title=f"{len(cases)} cases{tried}, {wall:.0f} s")
    for arm, outcome in arms.items():
        for line in wrong(outcome.answers) if arm != RULES else ():
            console.print(line, markup=False, soft_wrap=True)
        for trouble in sorted(outcome.troubles):
            console.print(f"{arm}: not asked for a while: {trouble}", markup=False, soft_wrap=True)
    if not _model():
        console.print("no model is configured (IROPS_LLM_BASE_URL): these are the rules alone")
    if to:
        _write(
            to,
            cases,
            {arm: {"figures": results[arm], "trials": outcome.answers} for arm, outcome in arms.items()},
            wall,
        )
    return exit_status(results.values())


def exit_status(results: Iterable[Figures]) -> int:
    """1 if anything illegal got through; how well a model does changes nothing."""
    return int(any(each.illegal for each in results))


@dataclass
class _Outcome:
    """All trials of one arm."""

    answers: list[list[Answer]] = field(default_factory=list)
    """Of each trial."""
    illegal: list[str] = field(default_factory=list)
    """Findings of the audits."""
    troubles: set[str] = field(default_factory=set)
    """Why the planner stopped asking the model, if it did."""


def _model() -> str:
    """The configured model's name; empty without a model."""
    return os.environ.get("IROPS_LLM_BASE_URL", "") and (os.environ.get("IROPS_LLM_MODEL", "") or "model")


def _read(folder: Path) -> list[Case]:
    try:
        cases = read_cases(folder)
    except BadCase as bad:
        *others, last = str(bad).splitlines()
        for line in others:
            complain(line)
        raise Failed(last, status=2) from bad
    if not cases:
        raise Failed(f"{folder} has no case files (*.json); docs/evaluation.md explains how to write them", status=2)
    return cases


async def _arm(
    cases: Sequence[Case], folder: Path, *, trials: int, with_model: bool, name: str, to: Console
) -> _Outcome:
    outcome = _Outcome()
    with _progress(to) as progress:
        task = progress.add_task(name, total=trials * len(cases))
        advance: Callable[[], None] = lambda: progress.advance(task)  # noqa: E731
        for trial in range(trials):
            found: dict[str, list[Answer]] = {}
            for i, world in enumerate(worlds(cases)):
                for played in await play(world, folder / f"{trial}-{i}", with_model=with_model, on_case_end=advance):
                    found[played.case.name] = list(judge(played))
                    outcome.illegal += [f"{played.case.name}: {finding}" for finding in played.illegal]
                    outcome.troubles |= {played.trouble} - {""}
            outcome.answers.append([answer for case in cases for answer in found[case.name]])
    return outcome


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("cases"))
    shown = console.is_terminal
    return Progress(*columns, TimeElapsedColumn(), console=console, transient=True, disable=not shown)


def _write(to: Path, cases: Sequence[Case], arms: dict[str, Any], wall: float) -> None:
    results = {"cases": {case.name: case.why for case in cases}, "wall_s": round(wall, 1), "arms": arms}
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=2) + b"\n")
