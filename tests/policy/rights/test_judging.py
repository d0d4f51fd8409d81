"""What holds of every rule set."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

import policy.rights
from contracts.care import Entitlement
from contracts.money import Money
from policy.files import BadFile
from policy.rights import Case, entitlements, judge, read_rule_sets, shipped
from policy.rights.case import great_circle_km
from tests.policy.rights.cases import PLACES, case, trip

SETS = shipped()
FILES = Path(policy.rights.__file__).with_name("sets")
ENDS = st.sampled_from([("JFK", "LAX"), ("CDG", "MAD"), ("CDG", "ATH"), ("CDG", "JFK"), ("LHR", "TLV"), ("LHR", "CDG")])
CAUSES = st.sampled_from([None, "41", "71", "93", "97", "98", "14", "46"])
FARE = Money(amount=Decimal("312.37"), currency="USD")


@st.composite
def happenings(draw: st.DrawFn) -> Case:
    """Anything that may happen to a journey on the flights of its day."""
    ends = draw(ENDS)
    found = case(
        *ends,
        cancelled=draw(st.booleans()),
        denied=draw(st.booleans()),
        smaller_aircraft=draw(st.booleans()),
        misconnected=draw(st.booleans()),
        cause=draw(CAUSES),
        fare=draw(st.sampled_from([None, FARE])),
        notice=timedelta(minutes=draw(st.integers(-600, 30 * 24 * 60))),
        operator=draw(st.sampled_from(["AF", "BA", "DL", None])),
        passengers=draw(st.integers(1, 9)),
    )
    return late_by(found, draw(st.integers(-300, 3000)))


def late_by(found: Case, minutes: int) -> Case:
    late = timedelta(minutes=minutes)
    return replace(found, trip=trip(found.sold, late=late, left=max(late, timedelta(0))))


def answers(found: Case) -> Iterator[tuple[str, Entitlement]]:
    for rule_set in SETS:
        for answer in judge(rule_set, found, PLACES):
            yield f"{rule_set.name} {answer.kind}", answer


def worth(answer: Entitlement) -> tuple[bool, Decimal, int]:
    """What it gives, to compare two answers for one cause."""
    amount = answer.amount.amount if answer.amount else Decimal(0)
    gives = answer.answer in ("owed", "cause_unknown")
    return gives, amount if gives else Decimal(0), answer.percent if gives else 0


@given(happenings(), st.integers(0, 3000), st.integers(0, 2000))
def test_a_longer_delay_never_owes_less(found: Case, minutes: int, more: int) -> None:
    """Within one rule set, all else equal."""
    sooner, later = dict(answers(late_by(found, minutes))), dict(answers(late_by(found, minutes + more)))
    assert all(worth(sooner[of]) <= worth(later[of]) for of in sooner)


@given(happenings())
def test_a_cause_that_is_not_known_owes_nothing_that_a_cause_could_excuse(found: Case) -> None:
    """Where some cause would excuse, an unknown one is never `owed`, and where none would it makes no difference."""
    unknown = dict(answers(replace(found, cause=None)))
    excused = dict(answers(replace(found, cause="71"))), dict(answers(replace(found, cause="46")))
    blamed = dict(answers(replace(found, cause="14")))
    for of, answer in unknown.items():
        results = {each[of].answer for each in (*excused, blamed)}
        assert answer.answer == ("cause_unknown" if len(results) > 1 else next(iter(results)))


@given(happenings())
def test_every_kind_has_one_answer_with_its_rule(found: Case) -> None:
    """Whatever happened: what is owed names rule, set and source, and what no set covers says so."""
    found_answers = entitlements(SETS, found, PLACES)
    assert len({each.kind for each in found_answers}) == len(found_answers) == 8
    for each in found_answers:
        gives = each.answer in ("owed", "cause_unknown")
        assert not gives or (each.rule and each.rule_set and each.source and each.because)
        assert (each.answer == "no_rule_set") == (each.rule_set == "")


def test_where_no_law_is_in_force_no_rule_set_answers() -> None:
    """In 1999 none of these was."""
    found = case("CDG", "JFK", departs=datetime(1999, 1, 1, tzinfo=UTC), cancelled=True)
    assert {each.answer for each in entitlements(SETS, found, PLACES)} == {"no_rule_set"}


def test_what_two_laws_give_is_owed_once() -> None:
    """From Paris to New York a refund is owed under both; that of the European Union comes first."""
    found = case("CDG", "JFK", cancelled=True, trip=None)
    refunds = [each for each in entitlements(SETS, found, PLACES) if each.kind == "refund"]
    assert [(each.answer, each.rule_set) for each in refunds] == [("owed", "eu-261-2004")]


def test_a_law_that_gives_comes_before_one_that_does_not() -> None:
    """From London to Paris with a British airline only the British rules cover it."""
    found = case("LHR", "CDG", operator="BA", cancelled=True, cause="41", trip=None)
    by = {each.kind: each.rule_set for each in entitlements(SETS, found, PLACES)}
    assert by["compensation"] == "uk-261"


@pytest.mark.parametrize(
    ("one", "other", "km"), [("JFK", "LAX", 3975), ("CDG", "MAD", 1064), ("CDG", "JFK", 5834), ("LHR", "LHR", 0)]
)
def test_distances_are_great_circles(one: str, other: str, km: int) -> None:
    """As published, to five kilometres."""
    assert great_circle_km(PLACES[one], PLACES[other]) == pytest.approx(km, abs=5)


@pytest.mark.parametrize(
    ("km", "amount"), [(1499.9, "250.00"), (1500, "250.00"), (1500.1, "400.00"), (3500, "400.00"), (3500.1, "600.00")]
)
def test_distances_count_to_the_kilometre(km: float, amount: str) -> None:
    """Due north from the equator, where a degree is a known length, with an airline of the Union."""
    degrees = km / (6371.0088 * 3.141592653589793 / 180)
    origin = PLACES["CDG"]._replace(latitude=0.0, longitude=0.0)
    places = PLACES | {"CDG": origin, "TLV": PLACES["TLV"]._replace(latitude=degrees - 1e-9, longitude=0.0)}
    found = case("CDG", "TLV", cause="41", late=timedelta(hours=9))
    (eu,) = [each for each in SETS if each.name == "eu-261-2004"]
    (answer,) = [each for each in judge(eu, found, places) if each.kind == "compensation"]
    assert answer.amount == Money(amount=Decimal(amount), currency="EUR")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('home = "US"', 'home = "EU"'), "there is no territory EU"),
        (("effective_from = 2024-10-28", 'effective_from = "soon"'), "effective_from"),
        (('later_from = "3 h"', 'later_from = "soon"'), "wanted a duration such as '3 h'"),
        (('later_from = "3 h"', 'later_form = "3 h"'), "did you mean later_from?"),
        (('id = "later"', 'id = "earlier"'), "there are two rules earlier"),
        (('origin = "US"', 'origin = "USA"'), "there is no territory USA"),
        (('gives = "refund"', 'gives = "money"'), "money"),
    ],
)
def test_a_fault_in_a_file_is_named_with_its_line(change: tuple[str, str], problem: str, tmp_path: Path) -> None:
    """File, line, key and what is wanted."""
    text = (FILES / "us-refunds.toml").read_text()
    assert change[0] in text
    (tmp_path / "mine.toml").write_text(text.replace(*change))
    with pytest.raises(BadFile, match=r"mine\.toml, line \d+") as failure:
        read_rule_sets(tmp_path)
    assert problem in str(failure.value)


def test_what_types_do_not_show_is_a_fault_too(tmp_path: Path) -> None:
    """A rule without a condition would never hold."""
    (tmp_path / "mine.toml").write_text((FILES / "us-refunds.toml").read_text() + "\n[[rules]]\n" + _NEVER)
    with pytest.raises(BadFile, match=r"rules\[8\]\.when: wanted a condition at least"):
        read_rule_sets(tmp_path)


_NEVER = 'id = "never"\ngives = "meals"\nbecause = "delayed"\nsource = "none"\nwhen = []\n'


def test_every_shipped_file_says_what_was_verified() -> None:
    """And is in a file of its name."""
    assert {each.name for each in SETS} == {path.stem for path in FILES.glob("*.toml")}
    assert all(len(each.verified) > 100 for each in SETS)
