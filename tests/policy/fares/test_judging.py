"""In which order rules decide, and how the parts of one request go together."""

from pathlib import Path

import pytest

from policy.fares import BadCase, BadFile, Ruleset, load_fares
from policy.fares.judging import MOST_TRIED
from tests.policy.fares.asking import asked, summary

HEAD = '[policy]\nname = "x"\nsource = "x"\n'


def rule(name: str, on: str, outcome: str, more: str = "") -> str:
    """A rule of a file."""
    acts = ", ".join(f'"{act}"' for act in on.split())
    return f'[[rule]]\nid = "{name}"\non = [{acts}]\noutcome = "{outcome}"\nwords = "x"\n{more}\n'


def when(condition: str) -> str:
    """Its condition."""
    return f"when = {{ {condition} }}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a test writes its files."""
    return tmp_path


def rules(folder: Path, *texts: str, head: str = HEAD) -> Ruleset:
    """A file with these rules."""
    (folder / "x.toml").write_text(head + "".join(texts))
    return load_fares(folder / "x.toml", name="x.toml")


INSURED, BUSINESS = when("insurance = true"), when('cabin = "business"')


def test_the_first_rule_that_applies_decides(folder: Path) -> None:
    """Whatever those below it say; what none applies to is for a person."""
    one, two = rule("one", "cancel", "refused", INSURED), rule("two", "cancel", "allowed", BUSINESS)
    forwards, backwards = rules(folder, one, two), rules(folder, two, one)
    assert summary(asked(forwards, "cancel insurance=yes cabin=business")) == "refused | one"
    assert summary(asked(backwards, "cancel insurance=yes cabin=business")) == "allowed | two"
    assert summary(asked(forwards, "cancel insurance=no cabin=economy")) == "person | otherwise"


def test_rules_of_a_file_that_comes_first_decide_before_its_own(folder: Path) -> None:
    """In the order in which the files are named."""
    (folder / "law.toml").write_text(HEAD + rule("law", "cancel", "allowed", INSURED))
    (folder / "custom.toml").write_text(HEAD + rule("custom", "cancel", "person", BUSINESS))
    found = rules(folder, rule("own", "*", "refused"), head=HEAD + 'first = ["law.toml", "custom.toml"]\n')
    assert summary(asked(found, "cancel insurance=yes cabin=business")) == "allowed | law"
    assert summary(asked(found, "cancel insurance=no cabin=business")) == "person | custom"
    assert summary(asked(found, "cancel insurance=no cabin=economy")) == "refused | own"


def test_a_request_is_refused_where_one_act_is(folder: Path) -> None:
    """Then it is for a person where one act is; all that decide so are cited."""
    found = rules(folder, rule("no", "cancel", "refused"), rule("who", "book", "person"), rule("yes", "*", "allowed"))
    assert summary(asked(found, "add_bags,book,cancel")) == "refused | no"
    assert summary(asked(found, "add_bags,book,change_seat")) == "person | who"
    assert summary(asked(found, "add_bags,change_seat")) == "allowed | yes"


def test_a_certain_refusal_asks_for_nothing(folder: Path) -> None:
    """Neither for facts of the rules before it that would refuse too, nor for those of other acts."""
    found = rules(
        folder,
        rule("one", "cancel", "refused", INSURED),
        rule("two", "cancel", "refused", BUSINESS),
        rule("three", "cancel", "refused"),
        rule("four", "book", "allowed", when("passengers = 1")),
    )
    assert summary(asked(found, "cancel")) == "refused | one+two+three"
    assert summary(asked(found, "cancel cabin=business")) == "refused | one+two"
    assert summary(asked(found, "book,cancel")) == "refused | one+two+three"
    assert summary(asked(found, "book")) == "ask | passengers"


FEE = 'charge = [{ for = "fee", amount = "10 USD" }]'


def test_a_rule_that_decides_several_acts_charges_once(folder: Path) -> None:
    """Two rules charge each their own, also where they charge the same."""
    found = rules(
        folder, rule("both", "add_bags change_seat", "allowed", FEE), rule("other", "change_cabin", "allowed", FEE)
    )
    assert summary(asked(found, "add_bags,change_seat")) == "allowed | both | pays 10.00 USD"
    assert summary(asked(found, "add_bags,change_cabin")) == "allowed | both+other | pays 20.00 USD"


def test_what_may_pay_for_two_rules_may_pay_for_each(folder: Path) -> None:
    """The kinds that both take, and of each the fewer."""
    head = HEAD + "".join(f'[instruments.{kind}]\nmeans = "x"\n' for kind in ("card", "gift", "point"))
    found = rules(
        folder,
        rule("one", "add_bags", "allowed", FEE + "\npay_with = { card = 1, gift = 3 }\ninstruments = 2"),
        rule("two", "change_cabin", "allowed", FEE + "\npay_with = { gift = 2, point = 9 }"),
        rule("free", "change_seat", "allowed", "pay_with = { card = 1 }"),
        head=head,
    )
    answer = asked(found, "add_bags,change_cabin,change_seat")
    assert (answer.pay_with, answer.instruments) == ({"gift": 2}, 2)


def test_amounts_of_one_answer_are_in_one_currency(folder: Path) -> None:
    """Nothing is converted."""
    euros = rule("euros", "book", "allowed", FEE.replace("USD", "EUR"))
    found = rules(folder, rule("dollars", "add_bags", "allowed", FEE), euros)
    with pytest.raises(BadCase, match="the amounts of one answer are in EUR and USD, and are never converted"):
        asked(found, "add_bags,book")


def test_no_more_is_given_back_than_is_given_up(folder: Path) -> None:
    """The first part first."""
    back = 'gives_up = "paid"\nback = [{ for = "a", amount = "60 USD" }, { for = "b", amount = "60 USD" }]'
    found = rules(folder, rule("back", "cancel", "allowed", back))
    assert (
        summary(asked(found, "cancel paid=100_USD"))
        == "allowed | back | back 60.00 USD original | back 40.00 USD original"
    )
    assert summary(asked(found, "cancel paid=130_USD")).endswith("back 60.00 USD original | loses 10.00 USD")


def test_what_is_granted_is_given_as_something(folder: Path) -> None:
    """It was not paid before, so it cannot go back."""
    with pytest.raises(BadFile, match=r"x\.toml, line 9, rule\[0\]\.grant\[0\].as: wanted kinds of instrument"):
        rules(folder, rule("gift", "compensate", "allowed", 'grant = [{ for = "x", amount = "1 USD" }]'))


def test_where_too_much_would_have_to_be_tried_all_open_facts_are_asked_for(folder: Path) -> None:
    """Two to the power of the facts is more than is tried; the answer comes at once, and with each fact nearer."""
    names = [f"fact_{number}" for number in range(MOST_TRIED.bit_length() + 1)]
    facts = "".join(f'[facts.{name}]\nkind = "yes_no"\n' for name in names)
    # The parity of all facts decides, so none can be left out.
    odd, even = "fact_0 = true", "fact_0 = false"
    for name in names[1:]:
        facts += f"[facts.odd_{name}]\nis = {{ any = [{{ {odd}, {name} = false }}, {{ {even}, {name} = true }}] }}\n"
        odd, even = f"odd_{name} = true", f"odd_{name} = false"
    found = rules(folder, rule("odd", "book", "allowed", when(odd)), rule("even", "book", "refused"), head=HEAD + facts)
    assert summary(asked(found, "book")) == f"ask | {', '.join(sorted(names))}"
    known = " ".join(f"{name}=yes" for name in names)
    assert summary(asked(found, f"book {known}")) == ("allowed | odd" if len(names) % 2 else "refused | even")
