"""Reading case files, and the errors for bad ones."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.judgement import Wishes
from irops.evaluation.errors import BadCase
from irops.evaluation.reading import read_case, read_cases
from tests.irops.evaluation.evaluation_worlds import text, written

Change = Callable[[dict[str, Any]], object]


def test_times_are_local_to_the_place_they_are_about() -> None:
    """Denver is two hours behind New York; a deadline is in Denver's time, a departure in New York's."""
    file = written(to="DEN")
    file["bookings"][0]["expect"]["wishes"]["depart_after"] = "2013-02-08 12:30"
    case = read_case("denver", text(file))
    assert case.starts == datetime(2013, 2, 7, 17, tzinfo=UTC)
    assert case.flights[0].scheduled_departure == datetime(2013, 2, 8, 17, tzinfo=UTC)
    assert case.flights[0].scheduled_arrival == datetime(2013, 2, 8, 22, tzinfo=UTC)
    by, after = datetime(2013, 2, 9, 1, tzinfo=UTC), datetime(2013, 2, 8, 17, 30, tzinfo=UTC)
    assert case.expected["ANA"].wishes == Wishes(arrive_by=by, depart_after=after)
    assert case.ends == datetime(2013, 2, 8, 14, tzinfo=UTC)


def test_an_instant_may_replace_a_local_time() -> None:
    """For converted data sets, and for ambiguous local times."""
    file = written()
    file["happens"][0]["at"] = "2013-02-08T14:00:00Z"
    assert read_case("instant", text(file)).ends == datetime(2013, 2, 8, 14, tzinfo=UTC)


def test_a_status_has_what_a_feed_reports() -> None:
    """Estimates local to either end, seats, and a diversion with local times there."""
    file = written(to="DEN")
    flight = file["flights"][0]["flight"]
    file["happens"] = [
        {
            "at": "2013-02-08 09:00",
            "flight": flight,
            "estimated_departure": "2013-02-08 12:40",
            "seats": {"economy": 2},
        },
        {"at": "2013-02-08 13:30", "flight": flight, "departed_at": "2013-02-08 12:45", "diverted_to": "ORD"}
        | {"estimated_arrival": "2013-02-08 15:00"},
    ]
    late, diverted = read_case("diverted", text(file)).happens
    assert late.estimated_departure == datetime(2013, 2, 8, 17, 40, tzinfo=UTC)
    assert late.seats == {"economy": 2}
    assert diverted.estimated_arrival == datetime(2013, 2, 8, 21, tzinfo=UTC)
    assert diverted.seats is None


def test_a_party_needs_a_seat_per_passenger_unless_stated_otherwise() -> None:
    """An infant on a lap has none."""
    file = written()
    file["bookings"][0]["party"] = {"passengers": 3}
    (booking,) = read_case("three", text(file)).bookings
    file["bookings"][0]["party"] = {"passengers": 3, "seats": 2}
    (with_infant,) = read_case("infant", text(file)).bookings
    assert (booking.party.seats, with_infant.party.seats) == (3, 2)


def test_a_stranded_party_ends_on_no_flight_and_others_on_an_acceptable_trip() -> None:
    """Unless `ledger` names the flights."""
    file = written()
    expect = file["bookings"][0]["expect"]
    acceptable = (("B6.2.JFK.2013-02-08",),)
    assert read_case("moved", text(file)).expected["ANA"].ends == acceptable
    expect["ledger"]["flights"] = ["B6.3.JFK.2013-02-08"]
    assert read_case("elsewhere", text(file)).expected["ANA"].ends == (("B6.3.JFK.2013-02-08",),)
    expect |= {"options": [], "ledger": {"state": "stranded"}}
    assert read_case("stranded", text(file)).expected["ANA"].ends == ((),)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(lambda f: f.pop("why"), "why is missing: wanted text that is not empty", id="a field missing"),
        pytest.param(lambda f: f.update(whi=""), "whi: no such field; did you mean why?", id="a field misspelt"),
        pytest.param(
            lambda f: f["flights"][1].pop("seats"), "flights[1].seats is missing: wanted an object", id="deeper"
        ),
        pytest.param(
            lambda f: f["flights"][0].update(flight="B6 1"),
            'flights[0].flight: wanted a flight such as B6.1017.JFK.2013-02-08, not "B6 1"',
            id="not a flight key",
        ),
        pytest.param(
            lambda f: f["bookings"][0].update(party={"cabin": "coach"}),
            "bookings[0].party.cabin: wanted one of first, business, premium, economy",
            id="an unknown cabin",
        ),
        pytest.param(
            lambda f: f["flights"][0].update(seats={"coach": 2}),
            "flights[0].seats.coach: no such field; there are first, business, premium, economy",
            id="seats in an unknown cabin",
        ),
        pytest.param(lambda f: f.update(happens=[]), "happens: wanted at least one status", id="nothing happens"),
        pytest.param(
            lambda f: f["flights"][2].update(departs="noon"),
            'flights[2].departs is "noon": wanted a local time such as 2013-02-08 18:00, or an instant such as '
            "2013-02-08T23:00:00Z",
            id="not a time",
        ),
        pytest.param(
            lambda f: f["flights"][2].update(departs="2013-02-09 12:00"),
            'flights[2].departs is "2013-02-09 12:00": wanted a time on 2013-02-08, the date in the flight\'s name',
            id="another day",
        ),
        pytest.param(
            lambda f: f["flights"][0].update(arrives="2013-02-08 11:00"),
            'flights[0].arrives is "2013-02-08 11:00": wanted a time after its departure',
            id="there before it left",
        ),
        pytest.param(
            lambda f: f["flights"][0].update(destination="QQQ"),
            'flights[0].arrives is "QQQ": wanted an airport whose time zone is known',
            id="an unknown airport",
        ),
        pytest.param(
            lambda f: f["flights"].append(f["flights"][0]),
            'flights[3].flight is "B6.1.JFK.2013-02-08": wanted each flight once',
            id="a flight twice",
        ),
        pytest.param(
            lambda f: f["flights"][0].update(seats={}), "flights[0].seats is {}: wanted at least one", id="no seats"
        ),
        pytest.param(
            lambda f: f["bookings"].append(f["bookings"][0]),
            'bookings[1].pnr is "ANA": wanted each PNR once',
            id="a party twice",
        ),
        pytest.param(
            lambda f: f["bookings"][0].update(flights=["B6.9.JFK.2013-02-08"]),
            'bookings[0].flights is "B6.9.JFK.2013-02-08": wanted one of the flights of this file',
            id="a ticket for another flight",
        ),
        pytest.param(
            lambda f: f["bookings"][0]["expect"].update(options=[["B6.9.JFK.2013-02-08"]]),
            'bookings[0].expect.options[0] is "B6.9.JFK.2013-02-08": wanted one of the flights of this file',
            id="an option on another flight",
        ),
        pytest.param(
            lambda f: f["bookings"][0]["expect"].update(options=[]),
            "bookings[0].expect.options is []: wanted at least one",
            id="no option",
        ),
        pytest.param(
            lambda f: f["bookings"][0]["expect"]["ledger"].update(state="stranded"),
            'bookings[0].expect.options is [["B6.2.JFK.2013-02-08"]]: wanted none for a stranded party',
            id="stranded beside an option",
        ),
        pytest.param(
            lambda f: f["bookings"][0]["expect"]["wishes"].update(arrive_by="2013-03-10 02:30"),
            'bookings[0].expect.wishes.arrive_by is "2013-03-10 02:30": wanted an instant, because this '
            "local time is ambiguous or skipped in MCO",
            id="a skipped time",
        ),
        pytest.param(
            lambda f: f["bookings"][0].pop("expect"),
            'bookings is ["ANA"]: wanted an `expect` for at least one of them',
            id="nothing expected",
        ),
        pytest.param(
            lambda f: f["happens"][0].update(at="2013-02-07 12:00"),
            'happens[0].at is "2013-02-07 12:00": wanted a time after the previous one, and after the start of the case',
            id="before it starts",
        ),
    ],
)
def test_a_wrong_value_is_reported_with_what_is_wanted(change: Change, complaint: str) -> None:
    """The field as a path from the file's root."""
    file = written()
    change(file)
    with pytest.raises(BadCase) as bad:
        read_case("bad", text(file))
    assert str(bad.value) == f": {complaint}"


def test_broken_json_is_reported_by_its_line() -> None:
    """The line where decoding stopped."""
    broken = text(written()).replace(b'"starts":', b'"starts"')
    line = broken[: broken.index(b'"starts"')].count(b"\n") + 1
    with pytest.raises(BadCase, match=rf"^:{line}: not JSON in UTF-8: "):
        read_case("broken", broken)


def test_a_truncated_file_is_reported_by_its_last_line() -> None:
    """Nothing follows it."""
    with pytest.raises(BadCase, match=r"^:3: not JSON in UTF-8: "):
        read_case("cut", b'{\n"why": "x",\n"starts": "2013-02-07 12:00",\n')


def test_every_bad_file_of_a_folder_is_reported(tmp_path: Path) -> None:
    """One line each. Once they are gone the others can be read."""
    (tmp_path / "a.json").write_bytes(b"{}")
    (tmp_path / "b.json").write_bytes(text(written()))
    (tmp_path / "c.json").write_bytes(b"{")
    with pytest.raises(BadCase) as bad:
        read_cases(tmp_path)
    first, last = str(bad.value).splitlines()
    assert first.startswith(f"{tmp_path}/a.json: why is missing: ")
    assert last.startswith(f"{tmp_path}/c.json:1: not JSON")
    (tmp_path / "a.json").unlink()
    (tmp_path / "c.json").unlink()
    assert [case.name for case in read_cases(tmp_path)] == ["b"]
