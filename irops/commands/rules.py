"""`irops rules`: look at rule files, ask one about a case, and have the booker adopt its own. Only the last needs a running
system."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from contracts.rules import ADOPT_RULES, AdoptRules, Rules
from irops.system.connection import system
from irops.terminal.command import run
from irops.terminal.failures import Failed
from policy.amounts import written
from policy.fares import Amount, Answer, BadCase, BadFile, Settlement, judge, load_fares, read_case, settle
from policy.reaccommodation import ReaccommodationFile, adopted, answered, read_file, read_question
from policy.rights import read_rule_set

_ANSWERS_WITHIN = timedelta(seconds=30)

rules = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Check rule files, ask one about a case, or have the booker adopt its own.",
)


@rules.command("check")
def check(
    files: Annotated[
        list[Path], typer.Argument(help="Fare rules, re-accommodation rules or passenger rights, in TOML.")
    ],
) -> None:
    """One line per file, or one per fault in it: file, line, key, and what was wanted. Exit status 1 if there is any.

    Example: irops rules check policy/fares/examples/us_carrier.toml
    """

    async def work() -> int:
        faults = 0
        for file in files:
            try:
                typer.echo(f"{file}: ok, {_checked(file)}")
            except BadFile as bad:
                faults += len(bad.faults)
                typer.echo(str(bad))
        return 1 if faults else 0

    run(work())


@rules.command("ask")
def ask(
    file: Annotated[Path, typer.Argument(help="Fare rules or re-accommodation rules, in TOML.")],
    facts: Annotated[
        list[str] | None,
        typer.Argument(
            help="Of fare rules request=ACT[,ACT...], and what is known: cabin=economy paid='300.00 USD'. Of re-accommodation "
            "rules a kind of party: tier=gold ssr=WCHR, and what is asked about: cabin=economy station=JFK on=2026-07-01, or "
            "whose yes a trip needs: after=cancelled marks=night delay='5 h'"
        ),
    ] = None,
    case: Annotated[
        Path | None,
        typer.Option(help="A TOML or JSON file with the case; facts of the command line come before its own."),
    ] = None,
) -> None:
    """Ask whether something is allowed, at what price, by which rule and for how long, or which facts are missing.

    A fact that is left out is not known. With paid_with and pay_with, which a case file may have, it is shown to which means of
    payment the amounts go.

    Of re-accommodation rules: what holds for such a party, over the usual settings, and whose yes a trip needs.

    Example: irops rules ask policy/fares/examples/tau_airline.toml request=cancel cabin=economy legs_flown=0

    Example: irops rules ask policy/fares/examples/us_carrier.toml --case case.toml
    """

    async def work() -> int:
        raw = {**(_read(case) if case else {}), **dict(map(_pair, facts or []))}
        if _kind(file) == "reaccommodation":
            for line in _of_a_party(file, raw):
                typer.echo(line)
            return 0
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


@rules.command("adopt")
def adopt() -> None:
    """Have the active booker read its rule files again (IROPS_RULES_FOLDER), and judge by them from now on.

    Files with faults change nothing; each fault is named, and the exit status is 1. Trips that stand are not planned again for
    other rules, and parties that wait are.

    Example: irops rules adopt
    """

    async def work() -> int:
        async with system() as bus:
            answer = await bus.ask(ADOPT_RULES, AdoptRules(), timeout=_ANSWERS_WITHIN)
        typer.echo(
            f"rules {answer.version} are in force{'' if answer.is_new else ', as before: no file says anything new'}"
        )
        return 0

    run(work())


def _of_a_party(file: Path, raw: Mapping[str, object]) -> list[str]:
    try:
        found = read_file(file)
        question = read_question(raw, found.value.reaccommodation.carriers)
        consent_at = [f"{found.file}:{found.line('consent', number)}" for number in range(len(found.value.consent))]
        return list(answered(adopted(Rules(), [found.value]), question, consent_at=consent_at))
    except (BadCase, BadFile, LookupError) as bad:
        raise Failed(str(bad)) from bad


def _checked(file: Path) -> str:
    """What a file without faults is, by its kind."""
    match _kind(file):
        case "covers":
            return _number(len(read_rule_set(file).rules))
        case "reaccommodation":
            return _of_reaccommodation(read_file(file).value)
        case _:
            return _number(len(load_fares(file).rules))


def _of_reaccommodation(file: ReaccommodationFile) -> str:
    carriers = file.reaccommodation.carriers
    whose = f"for {'tickets of ' + ', '.join(carriers) if carriers else 'everybody'}"
    asked = list(dict.fromkeys(rule.by for rule in file.consent if rule.by != "none"))
    return f"{whose}; asks {', '.join(asked)}" if asked else whose


def _number(rules: int) -> str:
    return f"{rules} {'rule' if rules == 1 else 'rules'}"


def _kind(file: Path) -> str | None:
    """The table that only files of a kind have; None for fare rules, and for what is no TOML at all: who reads it says so."""
    try:
        tree = tomllib.loads(file.read_text())
    except ValueError:
        return None
    return next((name for name in ("covers", "reaccommodation") if name in tree), None)


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
