"""Case files as they are read, and what is said of those that can't be."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.judgement import Wishes
from irops.evaluation.complaints import BadCase
from irops.evaluation.reading import read_case, read_cases
from tests.irops.evaluation.evaluation_worlds import text, written

Change = Callable[[dict[str, Any]], object]


def test_times_are_by_the_clocks_of_the_place_they_are_about() -> None:
    """Denver is two hours behind New York; a deadline is Denver's, a departure New York's."""
    file = written(to="DEN")
    file["bookings"][0]["expect"]["wishes"]["depart_after"] = "2013-02-08 12:30"
    case = read_case("denver", text(file))
    assert case.starts == datetime(2013, 2, 7, 17, tzinfo=UTC)
    assert case.flights[0].scheduled_departure == datetime(2013, 2, 8, 17, tzinfo=UTC)
    assert case.flights[0].scheduled_arrival == datetime(2013, 2, 8, 22, tzinfo=UTC)
    by, after = datetime(2013, 2, 9, 1, tzinfo=UTC), datetime(2013, 2, 8, 17, 30, tzinfo=UTC)
    assert case.expected["ANA"].wishes == Wishes(arrive_by=by, depart_after=after)
    assert case.ends == datetime(2013, 2, 8, 14, tzinfo=UTC)


def test_an_instant_may_stand_for_a_local_time() -> None:
    """For sets that are converted from elsewhere, and for times that the clocks show twice."""
    file = written()
    file["happens"][0]["at"] = "2013-02-08T14:00:00Z"
    assert read_case("instant", text(file)).ends == datetime(2013, 2, 8, 14, tzinfo=UTC)


def test_a_status_says_what_a_feed_would() -> None:
    """Estimates by the clocks of either end, seats, a diversion and arrivals there by its own."""
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


def test_a_party_needs_a_seat_for_each_unless_it_is_said_otherwise() -> None:
    """An infant on a lap has none."""
    file = written()
    file["bookings"][0]["party"] = {"passengers": 3}
    (booking,) = read_case("three", text(file)).bookings
    file["bookings"][0]["party"] = {"passengers": 3, "seats": 2}
    (with_infant,) = read_case("infant", text(file)).bookings
    assert (booking.party.seats, with_infant.party.seats) == (3, 2)


def test_who_is_stranded_ends_on_no_flight_and_others_on_an_acceptable_trip() -> None:
    """Unless the ledger is said to be otherwise."""
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
            id="no flight's name",
        ),
        pytest.param(
            lambda f: f["bookings"][0].update(party={"cabin": "business"}),
            "bookings[0].party.cabin: wanted first or economy",
            id="a word not in its list",
        ),
        pytest.param(
            lambda f: f["flights"][0].update(seats={"business": 2}),
            "flights[0].seats.business: no such field; there are first, economy",
            id="a cabin not in its list",
        ),
        pytest.param(lambda f: f.update(happens=[]), "happens: wanted one status at least", id="nothing happens"),
        pytest.param(
            lambda f: f["flights"][2].update(departs="noon"),
            'flights[2].departs is "noon": wanted a local time such as 2013-02-08 18:00, or an instant such as '
            "2013-02-08T23:00:00Z",
            id="no time",
        ),
        pytest.param(
            lambda f: f["flights"][2].update(departs="2013-02-09 12:00"),
            'flights[2].departs is "2013-02-09 12:00": wanted a time on 2013-02-08, the date in the flight\'s name',
            id="another day",
        ),
        pytest.param(
            lambda f: f["flights"][0].update(arrives="2013-02-08 11:00"),
            'flights[0].arrives is "2013-02-08 11:00": wanted a time after it departs',
            id="there before it left",
        ),
        pytest.param(
            lambda f: f["flights"][0].update(destination="QQQ"),
            'flights[0].arrives is "QQQ": wanted an airport whose time zone is known',
            id="an airport nobody knows",
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
            "bookings[0].expect.options is []: wanted one at least",
            id="no option",
        ),
        pytest.param(
            lambda f: f["bookings"][0]["expect"]["ledger"].update(state="stranded"),
            'bookings[0].expect.options is [["B6.2.JFK.2013-02-08"]]: wanted none for who is stranded',
            id="stranded beside an option",
        ),
        pytest.param(
            lambda f: f["bookings"][0]["expect"]["wishes"].update(arrive_by="2013-03-10 02:30"),
            'bookings[0].expect.wishes.arrive_by is "2013-03-10 02:30": wanted an instant, for the clocks of MCO show this '
            "time twice or never",
            id="a time that never was",
        ),
        pytest.param(
            lambda f: f["bookings"][0].pop("expect"),
            'bookings is ["ANA"]: wanted what to expect for one of them',
            id="nothing expected",
        ),
        pytest.param(
            lambda f: f["happens"][0].update(at="2013-02-07 12:00"),
            'happens[0].at is "2013-02-07 12:00": wanted a time after the one before it, and after the case starts',
            id="before it starts",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_is_wanted(change: Change, complaint: str) -> None:
    """The field as a path from the file's root."""
    file = written()
    change(file)
    with pytest.raises(BadCase) as bad:
        read_case("bad", text(file))
    assert str(bad.value) == f": {complaint}"


def test_what_is_no_json_is_named_by_its_line() -> None:
    """The line where the reading stopped."""
    broken = text(written()).replace(b'"starts":', b'"starts"')
    line = broken[: broken.index(b'"starts"')].count(b"\n") + 1
    with pytest.raises(BadCase, match=rf"^:{line}: no JSON in UTF-8: "):
        read_case("broken", broken)


def test_a_file_cut_short_is_named_by_its_last_line() -> None:
    """There is nothing after it."""
    with pytest.raises(BadCase, match=r"^:3: no JSON in UTF-8: "):
        read_case("cut", b'{\n"why": "x",\n"starts": "2013-02-07 12:00",\n')


def test_every_bad_file_of_a_folder_is_named(tmp_path: Path) -> None:
    """One line each; the good ones are none the worse."""
    (tmp_path / "a.json").write_bytes(b"{}")
    (tmp_path / "b.json").write_bytes(text(written()))
    (tmp_path / "c.json").write_bytes(b"{")
    with pytest.raises(BadCase) as bad:
        read_cases(tmp_path)
    first, last = str(bad.value).splitlines()
    assert first.startswith(f"{tmp_path}/a.json: why is missing: ")
    assert last.startswith(f"{tmp_path}/c.json:1: no JSON")
    (tmp_path / "a.json").unlink()
    (tmp_path / "c.json").unlink()
    assert [case.name for case in read_cases(tmp_path)] == ["b"]
