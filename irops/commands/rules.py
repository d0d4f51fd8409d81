"""`irops rules`: look at rule files, and ask one about a case. It needs no running system."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from irops.terminal.command import run
from irops.terminal.failures import Failed
from policy.amounts import written
from policy.fares import Amount, Answer, BadCase, BadFile, Settlement, judge, load_fares, read_case, settle
from policy.rights import read_rule_set

rules = typer.Typer(no_args_is_help=True, add_completion=False, help="Check rule files, or ask one about a case.")


@rules.command("check")
def check(files: Annotated[list[Path], typer.Argument(help="Fare rules or passenger rights, in TOML.")]) -> None:
    """One line per file, or one per fault in it: file, line, key, and what was wanted. Exit status 1 if there is any.

    Example: irops rules check policy/fares/examples/us_carrier.toml
    """

    async def work() -> int:
        faults = 0
        for file in files:
            try:
                many = len(read_rule_set(file).rules if _is_of_rights(file) else load_fares(file).rules)
                typer.echo(f"{file}: ok, {many} {'rule' if many == 1 else 'rules'}")
            except BadFile as bad:
                faults += len(bad.faults)
                typer.echo(str(bad))
        return 1 if faults else 0

    run(work())


@rules.command("ask")
def ask(
    file: Annotated[Path, typer.Argument(help="Fare rules, in TOML.")],
    facts: Annotated[
        list[str] | None,
        typer.Argument(help="request=ACT[,ACT...], and what is known: cabin=economy paid='300.00 USD'"),
    ] = None,
    case: Annotated[
        Path | None,
        typer.Option(help="A TOML or JSON file with the case; facts of the command line come before its own."),
    ] = None,
) -> None:
    """Ask whether something is allowed, at what price, by which rule and for how long, or which facts are missing.

    A fact that is left out is not known. With paid_with and pay_with, which a case file may have, it is shown to which means of
    payment the amounts go.

    Example: irops rules ask policy/fares/examples/tau_airline.toml request=cancel cabin=economy legs_flown=0

    Example: irops rules ask policy/fares/examples/us_carrier.toml --case case.toml
    """

    async def work() -> int:
        raw = {**(_read(case) if case else {}), **dict(map(_pair, facts or []))}
        try:
            found = load_fares(file)
            asked = read_case(found, raw)
            answer = judge(found, asked.acts, asked.facts)
            settled = settle(found, answer, paid_with=asked.paid_with, pay_with=asked.pay_with)
        except (BadCase, BadFile) as bad:
            raise Failed(str(bad)) from bad
        for line in _answered(answer):
            typer.echo(line)
        if asked.paid_with or asked.pay_with:
            for line in _settled(settled):
                typer.echo(line)
        return 0

    run(work())


def _is_of_rights(file: Path) -> bool:
    """Passenger rights say whom they cover, and fare rules do not. What is no TOML at all is left to who reads it."""
    try:
        return "covers" in tomllib.loads(file.read_text())
    except ValueError:
        return False


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise Failed(f"{text}: wanted a fact and its value, such as cabin=economy", status=2)
    return key, value


def _read(path: Path) -> dict[str, object]:
    try:
        text = path.read_text()
        found = tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except ValueError as error:
        raise Failed(f"{path}: no {'TOML' if path.suffix == '.toml' else 'JSON'}: {error}") from error
    if not isinstance(found, dict):
        raise Failed(f"{path}: wanted one JSON object")
    return found


def _answered(answer: Answer) -> Iterator[str]:
    yield answer.outcome
    if answer.outcome == "allowed":
        price = answer.price
        yield f"  price      {written(price) if price else 'nothing'}"
        yield from map(_part, answer.charges)
        if answer.charges and answer.pay_with:
            yield f"  pay with   {_payable(answer)}"
        if answer.gives_up and answer.gives_up.amount:
            yield f"  gives up   {written(answer.gives_up)}"
            yield from map(_part, answer.back)
            if answer.forfeited and answer.forfeited.amount:
                yield f"             {written(answer.forfeited)} forfeited"
        for part in answer.grants:
            yield f"  is given   {written(part.money)} {part.for_}{_given_as(part)}"
    for one in answer.missing:
        yield f"  missing    {one.fact}: {one.means}"
    for rule in answer.rules:
        yield f"  {'depends on' if answer.missing else 'by'} {rule.file}:{rule.line} {rule.id}: {rule.words}"
    if answer.hours is not None:
        yield f"  stands for {answer.hours.normalize():f} hours"


def _part(part: Amount) -> str:
    return f"             {written(part.money)} {part.for_}{f' back{_given_as(part)}' if part.into else ''}"


def _given_as(part: Amount) -> str:
    return f" as {' or '.join(part.into)}{f', for {part.valid_days} days' if part.valid_days is not None else ''}"


def _payable(answer: Answer) -> str:
    kinds = ", ".join(f"{kind} (at most {most})" for kind, most in answer.pay_with.items())
    return f"{kinds}; at most {answer.instruments} in all" if answer.instruments is not None else kinds


def _settled(settled: Settlement) -> Iterator[str]:
    if settled.refused:
        yield f"  cannot be paid like this: {settled.refused}"
    for entry in settled.entries:
        whose = f"{entry.instrument}: " if entry.instrument else ""
        yield f"  {whose}{written(entry.money)} {entry.what}{f' as {entry.into}' if entry.into else ''}"
    if settled.due:
        yield f"  {written(settled.due)} is due"
