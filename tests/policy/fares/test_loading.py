"""Fare files: what is wrong beyond their types, and that whatever is written is read or refused with its line."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy.fares import BadFile, load_fares
from tests.policy.fares.asking import EXAMPLES

FILE = """\
[policy]
name = "x"
source = "x"
[facts.own]
kind = "number"
[facts.more]
value = "own + 1"
[facts.both]
is = { own = { at_least = 1 } }
[facts.table]
by = ["tier", "both"]
table = { gold = { yes = 1, no = 2 } }
[instruments.card]
means = "a card"
[[rule]]
id = "one"
on = ["cancel"]
when = { both = true }
outcome = "allowed"
words = "x"
gives_up = "paid"
back = [{ for = "fare", amount = "paid" }]
[[rule]]
id = "two"
on = ["cancel"]
outcome = "refused"
words = "x"
"""

FAULTS = [
    ('kind = "number"', "", "line 4, facts.own: wanted one of kind, is, value and by"),
    ('kind = "number"', 'kind = "number"\nvalue = "1"', "line 4, facts.own: wanted one of kind, is, value and by"),
    ("own + 1", "own + more", "line 7, facts.more.value: 'more' is no fact and no amount"),
    ("own + 1", "own + tier", "line 7, facts.more.value: tier is text, and a formula counts with numbers and amounts"),
    ("own = { at_least = 1 }", "both = true", "line 8, facts.both: this fact is worked out from itself"),
    ('"tier", "both"', '"tier", "bot"', "line 11, facts.table.by[1]: no such fact"),
    (
        "gold = { yes = 1, no = 2 }",
        "gold = 1",
        "line 12, facts.table.table.gold: wanted as many levels as there are facts in by: 2",
    ),
    ("no = 2", 'no = "2 USD"', "line 12, facts.table.table: a table has numbers or amounts, not both"),
    ("no = 2", 'no = "2"', "line 12, facts.table.table.gold.no: wanted a number or an amount such as '75.00 USD'"),
    (
        'means = "a card"',
        'means = "x"\nback = "gold"',
        "line 15, instruments.card.back: wanted original, lost, or a kind of instrument",
    ),
    ('on = ["cancel"]\nwhen', "on = []\nwhen", "line 17, rule[0].on: wanted at least one act, or '*'"),
    (
        'gives_up = "paid"\n',
        "",
        "line 21, rule[0].back: gives_up is missing: what is given back is given back of something",
    ),
    (
        '"paid" }',
        '"own" }',
        "line 22, rule[0].back[0].amount: wanted an amount such as '75.00 USD' or '75.00 USD * passengers', not a number",
    ),
    (
        '"paid" }',
        '"paid", as = ["cash"] }',
        "line 22, rule[0].back[0].as: no such instrument; declare cash under [instruments.cash]",
    ),
    ('outcome = "allowed"', 'outcome = "refused"', "line 15, rule[0]: only what is allowed has amounts"),
    (
        'outcome = "refused"',
        'outcome = "ask"',
        "line 26, rule[1].outcome: 'ask' is none of those allowed: allowed, refused, person",
    ),
    ('id = "two"', 'id = "one"', "line 24, rule[1].id: another rule has the id one"),
    ("when = { both = true }\n", "", "line 22, rule[1]: never reached: one before it always applies"),
    ('source = "x"', 'source = "x"\nfirst = ["none.toml"]', "line 4, policy.first[0]: there is no file "),
    ('source = "x"', 'source = "x"\nfirst = ["x.toml"]', "line 4, policy.first[0]: x.toml comes before itself"),
    ("at_least = 1", "at_leas = 1", "line 9, facts.both.is.own.at_leas: no such comparison for own; there are "),
]


def faults(text: str, folder: Path) -> list[str]:
    """What reading it complains of; nothing if it is read."""
    (folder / "x.toml").write_text(text)
    try:
        load_fares(folder / "x.toml", name="x.toml")
    except BadFile as bad:
        return str(bad).splitlines()
    return []


@pytest.mark.parametrize(("old", "new", "fault"), [pytest.param(*case, id=case[2][:60]) for case in FAULTS])
def test_a_fault_names_file_line_and_key(old: str, new: str, fault: str, tmp_path: Path) -> None:
    """What types alone do not show, as well as what they do."""
    assert faults(FILE, tmp_path) == []
    first, *_ = faults(FILE.replace(old, new, 1), tmp_path)  # a fact that is not declared well is missing elsewhere
    assert first.startswith(f"x.toml, {fault}")


def test_a_law_that_comes_first_shares_its_facts(tmp_path: Path) -> None:
    """A fact of its own is not declared a second time; an id is not used a second time."""
    (tmp_path / "law.toml").write_text(
        FILE.replace('"one"', '"law"').replace('"two"', '"law two"').replace("\nwords", "\nwords")
    )
    text = FILE.replace('source = "x"', 'source = "x"\nfirst = ["law.toml"]')
    assert all("a file that comes first has declared this fact" in line for line in faults(text, tmp_path))
    head, _, rest = text.partition("[facts.own]")
    only_rules = head + "[instruments.card]" + rest.partition("[instruments.card]")[2]
    assert faults(only_rules, tmp_path) == []


LINES = [line for path in sorted(EXAMPLES.glob("*.toml")) for line in path.read_text().splitlines()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_file_is_read_or_refused_with_its_faults(data: st.DataObject, tmp_path: Path) -> None:
    """Lines of an example are removed, repeated, swapped with others' or cut; nothing but `BadFile` comes of it."""
    lines = (EXAMPLES / data.draw(st.sampled_from(["tau_airline.toml", "low_cost.toml"]))).read_text().splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        cut = data.draw(st.integers(0, len(lines[place])))
        lines[place : place + 1] = data.draw(
            st.sampled_from([[], [lines[place]] * 2, [data.draw(st.sampled_from(LINES))], [lines[place][:cut]]])
        )
    found = faults("\n".join(lines), tmp_path)
    assert all(line.startswith("x.toml, line ") for line in found)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "a" * 10_000, "[" * 5000, "\0", "x = 1\nx = 2", "[policy]\npolicy.name = 1"]
)
def test_what_is_no_rule_file_is_one_fault(text: str, tmp_path: Path) -> None:
    """However deep it is."""
    assert len(faults(text, tmp_path)) >= 1
