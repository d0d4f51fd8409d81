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
        pytest.param(case("b", number=11, origin="MCO", to="DEN"), False, id="onward from where the other goes"),
        pytest.param(case("b", number=11, origin="ORD", to="EWR"), False, id="to the city where the other begins"),
        pytest.param(case("b", number=3, to="DEN"), False, id="a flight of one name"),
        pytest.param(diverted("MCO", number=11, to="DEN"), False, id="sent to where the other goes"),
        pytest.param(with_weather("DEN", number=11, to="DEN"), True, id="weather where the other is not"),
        pytest.param(with_weather("JFK", number=11, to="DEN"), False, id="weather where both begin"),
        pytest.param(with_weather("EWR", number=11, to="DEN"), False, id="weather in the city where both begin"),
    ],
)
def test_cases_are_apart_when_no_flight_or_weather_of_one_is_the_others(other: Case, are_apart: bool) -> None:
    """Whichever comes first."""
    one = case("a")
    assert apart(one, other) == apart(other, one) == are_apart


def test_cases_are_put_into_the_first_world_with_room() -> None:
    """In their order."""
    first, same, elsewhere = case("a"), case("b", number=11), case("c", number=21, to="DEN")
    assert worlds([first, same, elsewhere]) == [[first, elsewhere], [same]]
