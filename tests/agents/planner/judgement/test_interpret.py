"""A model's reading becomes wishes, or is rejected."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.planner.judgement.interpret import Unchecked, Understood, check
from contracts.judgement import Need, Wishes
from contracts.names import Cabin
from llm import strict_schema
from tests.agents.planner.judgement.judgement_worlds import FLIGHTS, at, booking, brief, flight
from tests.single_journey import altered

BRIEF = brief("a remark")
FIRST = brief(of=booking("a remark", cabin="first"))


def checked(**understood: Any) -> Wishes | Unchecked:
    """The check of an answer with these fields."""
    return check(msgspec.convert(understood, Understood), BRIEF)


@pytest.mark.parametrize(
    ("understood", "wishes"),
    [
        pytest.param({}, Wishes(), id="nothing"),
        pytest.param({"arrive_by": {"clock": "6:00"}}, Wishes(arrive_by=at(18)), id="a deadline"),
        pytest.param({"depart_after": {"clock": "17:00"}}, Wishes(depart_after=at(17)), id="an earliest departure"),
        pytest.param({"airports": ["JFK", "LGA", "JFK"]}, Wishes(airports=("JFK", "LGA")), id="airports of the city"),
        pytest.param({"nonstop": True, "together": True}, Wishes(nonstop=True, together=True), id="non-stop, together"),
        pytest.param({"needs": ["OXYG", "WCHR", "OXYG"]}, Wishes(needs=("OXYG", "WCHR")), id="assistance"),
        pytest.param({"cabin": "economy"}, Wishes(cabin="economy"), id="the cabin that was paid for"),
        pytest.param({"cabin": "first", "nonstop": True}, Wishes(nonstop=True), id="a better cabin is dropped"),
        pytest.param(
            {"depart_after": {"clock": "14:00"}, "arrive_by": {"clock": "23:59"}},
            Wishes(depart_after=at(14), arrive_by=at(24 - 1 / 60)),
            id="a window",
        ),
        pytest.param(
            {"arrive_by": {"clock": "14:00", "day": "same"}},
            Wishes(arrive_by=at(14)),
            id="an hour before the ticket's arrival, which a trip that leaves earlier may meet",
        ),
    ],
)
def test_a_sensible_reading_becomes_wishes(understood: dict[str, Any], wishes: Wishes) -> None:
    """In the terms of the contract."""
    assert checked(**understood) == wishes


@pytest.mark.parametrize(
    "understood",
    [
        pytest.param({"arrive_by": {"clock": "9:00", "half": "am", "day": "same"}}, id="before any trip can arrive"),
        pytest.param({"arrive_by": {"clock": "9:00", "day": "2013-03-08"}}, id="after the last trip"),
        pytest.param({"arrive_by": {"clock": "18:00", "half": "am"}}, id="an impossible time"),
        pytest.param({"arrive_by": {"clock": "9:00", "day": "2013-02-30"}}, id="an impossible day"),
        pytest.param({"depart_after": {"clock": "9:00", "day": "2013-02-06"}}, id="days before the trip"),
        pytest.param({"depart_after": {"clock": "9:00", "day": "2013-04-01"}}, id="leaving after the last trip"),
        pytest.param(
            {"depart_after": {"clock": "20:00"}, "arrive_by": {"clock": "18:00"}}, id="arriving before leaving"
        ),
        pytest.param({"airports": ["BOS"]}, id="an airport of another city"),
        pytest.param({"airports": ["JFK", "MCO"]}, id="the airport where the trip ends"),
    ],
)
def test_a_reading_that_makes_no_sense_is_rejected_as_a_whole(understood: dict[str, Any]) -> None:
    """Including what makes sense in it."""
    assert isinstance(checked(**understood, nonstop=True), Unchecked)


@pytest.mark.parametrize(
    ("paid", "asked", "granted"),
    [
        pytest.param("business", "premium", "premium", id="lower"),
        pytest.param("business", "first", None, id="higher"),
        pytest.param("premium", "business", None, id="one-rank-higher"),
    ],
)
def test_a_cabin_that_was_asked_for_is_granted_by_rank(paid: Cabin, asked: Cabin, granted: Cabin | None) -> None:
    """No party has a right to a higher one than it paid for."""
    assert check(Understood(cabin=asked), brief(of=booking("a remark", cabin=paid))) == Wishes(cabin=granted)


def test_a_party_that_paid_for_first_may_ask_for_either_cabin() -> None:
    """A lower cabin is its right, too."""
    assert check(Understood(cabin="first"), FIRST) == Wishes(cabin="first")
    assert check(Understood(cabin="economy"), FIRST) == Wishes(cabin="economy")


def test_a_time_in_an_unknown_zone_is_rejected() -> None:
    """The instant cannot be determined."""
    lost = flight("B6.9", "JFK-XNA", 12)
    of = booking("a remark")
    nowhere = altered(of, ticket=msgspec.structs.replace(of.journeys[0].ticket, destination="XNA"))

    answer = msgspec.convert({"arrive_by": {"clock": "18:00"}}, Understood)

    assert isinstance(check(answer, brief(of=nowhere, flights=[*FLIGHTS, lost])), Unchecked)


def test_a_deadline_is_local_to_the_destination_and_a_departure_to_the_origin() -> None:
    """Six in Chicago is seven in New York."""
    of = booking("a remark")
    west = brief(of=altered(of, ticket=msgspec.structs.replace(of.journeys[0].ticket, destination="ORD")))
    answer = msgspec.convert({"arrive_by": {"clock": "18:00"}, "depart_after": {"clock": "11:00"}}, Understood)

    assert check(answer, west) == Wishes(arrive_by=at(19), depart_after=at(11))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"arrive_by": "18:00"}, id="a string for a time"),
        pytest.param({"arrive_by": {"clock": "six"}}, id="a time in words"),
        pytest.param({"arrive_by": {"clock": "18:00", "day": "tomorrow"}}, id="a day in words"),
        pytest.param({"cabin": "coach"}, id="an unknown cabin"),
        pytest.param({"needs": ["UPGR"]}, id="an unknown need"),
        pytest.param({"airports": ["Newark"]}, id="an airport's name for its code"),
        pytest.param({"airports": ["JFK"] * 9}, id="a list that is too long"),
        pytest.param({"option": "made-up"}, id="an unknown field"),
        pytest.param({"nonstop": "yes"}, id="a word for a boolean"),
    ],
)
def test_an_answer_of_another_form_does_not_decode(answer: dict[str, Any]) -> None:
    """It never reaches the check."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(answer, Understood)


def test_the_answer_has_a_strict_schema() -> None:
    """With closed lists wherever there is one."""
    schema = strict_schema(Understood)

    assert schema["required"] == ["arrive_by", "depart_after", "airports", "nonstop", "cabin", "together", "needs"]
    assert schema["properties"]["needs"]["items"]["enum"] == sorted(get_args(Need))


TIMES = st.one_of(
    st.none(),
    st.fixed_dictionaries(
        {
            "clock": st.from_regex(r"\A([01]?[0-9]|2[0-4]):[0-5][0-9]\Z"),
            "half": st.sampled_from([None, "am", "pm"]),
            "day": st.one_of(
                st.none(), st.sampled_from(["same", "next"]), st.from_regex(r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
            ),
        }
    ),
)


@given(
    st.fixed_dictionaries(
        {
            "arrive_by": TIMES,
            "depart_after": TIMES,
            "airports": st.lists(st.sampled_from(["JFK", "LGA", "EWR", "BOS", "XXX"]), max_size=8),
            "nonstop": st.booleans(),
            "cabin": st.sampled_from([None, "first", "economy"]),
            "needs": st.lists(st.sampled_from(["WCHR", "UMNR"]), max_size=13),
        }
    )
)
def test_every_well_formed_answer_becomes_legal_wishes_or_is_rejected(answer: dict[str, Any]) -> None:
    """None raises, and what passes is within the rules."""
    wishes = checked(**answer)

    if isinstance(wishes, Unchecked):
        return
    assert wishes.cabin != "first"
    assert set(wishes.airports) <= {"JFK", "LGA", "EWR"}
    assert wishes.arrive_by is None or at(13) <= wishes.arrive_by <= at(15 + 24 * 14)
    assert not (wishes.arrive_by and wishes.depart_after) or wishes.depart_after < wishes.arrive_by
