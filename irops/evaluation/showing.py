"""The figures in a table, and the parties that the model got wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import msgspec
from rich.console import Console
from rich.table import Table

from contracts.judgement import Wish, Wishes
from irops.evaluation.figures import Figures, Share
from irops.evaluation.judging import WISHES, Answer, differing

Cell = Callable[[Figures], str]


def show(console: Console, arms: Mapping[str, Figures], *, title: str) -> None:
    """One column per arm, with its name."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for arm in arms:
        table.add_column(arm, justify="right")
    for name, cell in _rows(max(len(figures.pass_k) for figures in arms.values())):
        table.add_row(name, *(cell(figures) for figures in arms.values()))
    console.print(table)
    for arm, figures in arms.items():
        for finding in figures.illegal:
            console.print(f"[bold red]illegal[/] ({arm}): ", end="")
            console.print(finding, markup=False)


def _rows(trials: int) -> Iterator[tuple[str, Cell]]:
    yield "wishes understood exactly", lambda f: _share(f.wishes)
    for wish in WISHES:
        yield f"  {wish}: found, invented", partial(_field, wish)
    yield "acceptable trip chosen", lambda f: _share(f.options)
    yield "expected ledger reached", lambda f: _share(f.ledgers)
    yield "illegal answers caught", lambda f: str(f.caught)
    yield "fallbacks", lambda f: ", ".join(f"{reason} {count}" for reason, count in f.fallbacks.items()) or "none"
    yield "plans a model was asked for", lambda f: f"{f.asked:,}"
    yield "tokens in, out", lambda f: f"{f.prompt_tokens:,}, {f.completion_tokens:,}"
    yield (
        "latency p50, p99",
        lambda f: "-" if f.latency_ms is None else ", ".join(f"{ms:,.0f} ms" for ms in f.latency_ms),
    )
    for k in range(1, trials + 1):
        yield f"pass^{k}", partial(_pass, k)
    yield "illegal outcomes", lambda f: str(len(f.illegal))


def _field(wish: Wish, figures: Figures) -> str:
    field = figures.fields[wish]
    return f"{field.found}/{field.asked}, {field.invented}"


def _pass(k: int, figures: Figures) -> str:
    return f"{figures.pass_k[k - 1]:.1%}" if k <= len(figures.pass_k) else "-"


def _share(share: Share) -> str:
    return f"{share.right}/{share.of} ({share.right / share.of:.1%})" if share.of else "-"


def wrong(trials: Sequence[Sequence[Answer]]) -> Iterator[str]:
    """A line for each party that was not right in every trial: how often it was, and what was wrong first."""
    parties: dict[tuple[str, str], list[Answer]] = {}
    for trial in trials:
        for answer in trial:
            parties.setdefault((answer.case, answer.pnr), []).append(answer)
    for (case, pnr), answers in parties.items():
        bad = [answer for answer in answers if not answer.right]
        if bad:
            yield f"{case} {pnr}: right {len(answers) - len(bad)}/{len(answers)}; {'; '.join(_faults(bad[0]))}"


def _faults(answer: Answer) -> Iterator[str]:
    if answer.wanted is not None and not answer.wishes_right:
        for wish in differing(answer.wanted, answer.understood):
            yield f"{wish} {_value(answer.understood, wish)}, wanted {_value(answer.wanted, wish)}"
    if not answer.option_right:
        yield f"chose {' + '.join(answer.chosen) or 'no trip'}"
    if not answer.ledger_right:
        yield f"ended {answer.state} on {' + '.join(answer.ended) or 'no flight'}"
    if reasons := [judgement.fallback for judgement in answer.judgements if judgement.fallback]:
        yield f"fell back: {', '.join(reasons)}"


def _value(wishes: Wishes, wish: str) -> str:
    return msgspec.json.encode(getattr(wishes, wish)).decode().strip('"')
