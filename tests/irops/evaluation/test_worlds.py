"""Which cases can share a world."""

from typing import Any

import pytest

from irops.evaluation.case import Case
from irops.evaluation.reading import read_case
from irops.evaluation.worlds import apart, worlds
from tests.irops.evaluation.evaluation_worlds import case, text, written


def with_weather(*airports: str, **facts: Any) -> Case:
    file = written(**facts)
    file["weather"] = [{"airport": airport, "temperature_f": 30.2} for airport in airports]
    return read_case("weather", text(file))


def diverted(lands: str, **facts: Any) -> Case:
    file = written(**facts)
    status = {"at": "2013-02-08 14:00", "flight": file["flights"][0]["flight"], "diverted_to": lands}
    file["happens"].append(status)
    return read_case("diverted", text(file))


@pytest.mark.parametrize(
    ("other", "are_apart"),
    [
        pytest.param(case("b", number=11, to="DEN"), True, id="from one city to two"),
        pytest.param(case("b", number=11, origin="LGA", to="DEN"), True, id="from two airports of one city to two"),
        pytest.param(case("b", number=11, origin="ORD", to="DEN"), True, id="nothing in common"),
        pytest.param(case("b", number=11), False, id="one market"),
        pytest.param(case("b", number=11, origin="ORD"), False, id="two ways to one city"),
        pytest.param(case("b", number=11, origin="MCO", to="DEN"), False, id="onward from the other's destination"),
        pytest.param(case("b", number=11, origin="ORD", to="EWR"), False, id="to the other's origin"),
        pytest.param(case("b", number=3, to="DEN"), False, id="a flight of the same name"),
        pytest.param(diverted("MCO", number=11, to="DEN"), False, id="diverted to the other's destination"),
        pytest.param(with_weather("DEN", number=11, to="DEN"), True, id="weather at a city of its own"),
        pytest.param(with_weather("JFK", number=11, to="DEN"), False, id="weather at the common origin"),
        pytest.param(with_weather("EWR", number=11, to="DEN"), False, id="weather in the city of the common origin"),
    ],
)
def test_cases_are_apart_if_neither_affects_the_other(other: Case, are_apart: bool) -> None:
    """In either order."""
    one = case("a")
    assert apart(one, other) == apart(other, one) == are_apart


def test_cases_go_into_the_first_world_they_fit() -> None:
    """In order."""
    first, same, elsewhere = case("a"), case("b", number=11), case("c", number=21, to="DEN")
    assert worlds([first, same, elsewhere]) == [[first, elsewhere], [same]]
