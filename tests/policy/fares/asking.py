"""Cases in one line, and answers in one line, for tables of cases."""

from pathlib import Path

from policy.amounts import written
from policy.fares import Answer, Ruleset, judge, load_fares, read_case

EXAMPLES = Path(__file__).parents[3] / "policy" / "fares" / "examples"


def example(name: str) -> Ruleset:
    """The rules of an example."""
    return load_fares(EXAMPLES / f"{name}.toml", name=name)


def asked(rules: Ruleset, line: str) -> Answer:
    """The answer to a case: what is asked for, then `fact=value`. An underscore before a currency stands for a space."""
    request, *facts = line.split()
    pairs = (fact.partition("=")[::2] for fact in facts)
    raw = {key: value.replace("_USD", " USD").replace("_EUR", " EUR") for key, value in pairs}
    case = read_case(rules, {"request": request, **raw})
    return judge(rules, case.acts, case.facts)


def summary(answer: Answer) -> str:
    """Outcome, rules, and what there is of: price, back, forfeited, granted, missing."""
    parts = [answer.outcome, "+".join(rule.id for rule in answer.rules) if answer.outcome != "ask" else ""]
    if answer.price:
        parts.append(f"pays {written(answer.price)}")
    parts += [f"back {written(part.money)} {'/'.join(part.into)}" for part in answer.back]
    if answer.forfeited and answer.forfeited.amount:
        parts.append(f"loses {written(answer.forfeited)}")
    parts += [f"given {written(part.money)} {'/'.join(part.into)}" for part in answer.grants]
    parts += [", ".join(one.fact for one in answer.missing)]
    return " | ".join(part for part in parts if part)
