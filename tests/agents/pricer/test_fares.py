"""What is published of a flight's fares, and when nothing is."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pricer.domain import Inventory, fare_of, next_instant
from contracts.fares import Fare, FareStatus
from contracts.flights import Phase
from contracts.names import Cabin
from tests.agents.pricer.pricer_worlds import LADDER, NOW, ONE, inventory, open_fare, status

KM = 3974.0
DAY = timedelta(days=1)


def decide(
    seats: Inventory | None,
    known: Fare | None = None,
    *,
    after: timedelta = timedelta(0),
    report: FareStatus | None = None,
) -> Fare | None:
    return fare_of(ONE, seats, known, kilometres=KM, ladder=LADDER, now=NOW + after, status=report)


def published(
    seats: Inventory | None,
    known: Fare | None = None,
    *,
    after: timedelta = timedelta(0),
    report: FareStatus | None = None,
) -> Fare:
    """As `decide`, where there is something to publish."""
    found = decide(seats, known, after=after, report=report)
    assert found is not None
    return found


def amounts(fare: Fare) -> dict[str, int]:
    return {f"{each.cabin} {each.family}": int(each.price.amount) for each in fare.fares}


def test_the_ladders_fares_are_those_of_the_readme() -> None:
    """New York to Los Angeles, tomorrow, with 30 of 150 seats left in economy and all 16 in first."""
    fare = published(inventory(30, first=16))
    assert amounts(fare) == {
        "first standard": 1840,
        "economy basic": 489,
        "economy standard": 575,
        "economy flex": 834,
    }
    assert {f"{each.cabin} {each.family}": each.seats for each in fare.fares} == {
        "first standard": 5, "economy basic": 9, "economy standard": 9, "economy flex": 9,
    }  # fmt: skip
    assert (fare.source, fare.because, fare.observed_at, fare.ledger) == ("ladder", "opened", NOW, 1)
    assert (fare.rungs, fare.days) == ({"economy": 1, "first": 0}, 4)


def test_seats_that_stay_on_their_rung_are_no_message() -> None:
    """Twelve of them are sold and one is given back."""
    fare = published(inventory(30))
    assert [decide(inventory(free, revision=2), fare) for free in (29, 25, 18, 19)] == [None] * 4


def test_the_next_rung_is_dearer_and_has_fewer_families() -> None:
    """The basic fare is sold on the first two rungs only."""
    fare = published(inventory(17, revision=7), published(inventory(30)))
    assert amounts(fare) == {"economy standard": 782, "economy flex": 1134}
    assert (fare.because, fare.ledger, {each.seats for each in fare.fares}) == ("seats", 7, {6})


def test_a_cabin_without_seats_has_no_fare_and_the_flight_is_still_open() -> None:
    """It is open again with more seats than one party gives back."""
    fare = published(inventory(0), published(inventory(3)))
    assert (fare.fares, fare.closed, fare.because) == ((), False, "sold out")
    assert decide(inventory(9), fare) is None
    again = published(inventory(10), fare)
    assert ([each.seats for each in again.fares], again.because) == ([1, 1], "sold out")


def test_days_alone_raise_a_fare_at_the_instant_that_is_named() -> None:
    """Nothing else has changed, and a microsecond before nothing has."""
    seats = inventory(30, departs=NOW + 9 * DAY)
    fare = published(seats)
    at = next_instant(seats, ladder=LADDER, now=NOW)
    assert at == NOW + 2 * DAY
    assert decide(seats, fare, after=2 * DAY - timedelta(microseconds=1)) is None
    later = published(seats, fare, after=2 * DAY)
    assert (later.because, later.days) == ("time", 3)
    assert amounts(later)["economy standard"] > amounts(fare)["economy standard"]


@pytest.mark.parametrize("phase", ["cancelled", "rerouted", "departed", "diverted", "landed", "returned", "arrived"])
def test_a_flight_that_is_not_as_planned_has_no_fare(phase: Phase) -> None:
    """Its state says that it is closed; one that never was open has no state."""
    fare = published(inventory(30, phase=phase), published(inventory(30)))
    assert (fare.fares, fare.closed, fare.because) == ((), True, "closed")
    assert decide(inventory(30, phase=phase), fare) is None
    assert decide(inventory(30, phase=phase)) is None


def test_sale_ends_45_minutes_before_departure() -> None:
    """By time alone; a flight that is late after all is open again."""
    seats = inventory(30, departs=NOW + timedelta(hours=1))
    fare = published(seats)
    assert next_instant(seats, ladder=LADDER, now=NOW) == NOW + timedelta(minutes=15)
    closed = published(seats, fare, after=timedelta(minutes=15))
    assert (closed.closed, closed.because) == (True, "closed")
    assert next_instant(seats, ladder=LADDER, now=NOW + timedelta(minutes=15)) is None
    late = inventory(30, revision=2, departs=NOW + timedelta(hours=3))
    assert published(late, closed, after=timedelta(minutes=20)).because == "opened"


def test_a_feeds_fares_are_taken_over_as_they_are() -> None:
    """Families, amounts and currencies are the feed's, and its time is the state's."""
    report = status(open_fare("89.90", 4), open_fare("120", 7, family="classic"), minute=-3)
    fare = published(inventory(100), published(inventory(100)), report=report)
    assert (fare.source, fare.because, fare.observed_at) == ("feed", "feed", report.observed_at)
    assert fare.fares == fare.reported == report.fares


def test_of_a_feeds_fares_no_more_seats_are_open_than_the_ledger_has() -> None:
    """Down to the floor of the ladder's rung, so that not each seat is a message; with more seats they are open again."""
    fare = published(inventory(100), report=status(open_fare("89.90", 8), open_fare("300", 9, cabin="business")))
    assert [each.seats for each in fare.fares] == [8]
    assert decide(inventory(18, revision=2), fare) is None
    fewer = published(inventory(17, revision=2), fare)
    assert ([each.seats for each in fewer.fares], fewer.because) == ([6], "seats")
    assert decide(inventory(15, revision=3), fewer) is None
    again = published(inventory(60, revision=4), fewer)
    assert [each.seats for each in again.fares] == [8]


def test_a_feed_that_has_none_for_sale_ends_the_ladder() -> None:
    """It knows more than a default of ours."""
    assert published(inventory(100), published(inventory(100)), report=status()).fares == ()


def test_fares_of_a_flight_that_the_ledger_lacks_wait_for_it() -> None:
    """Nothing is lost: the state keeps what was reported, and is open once the flight is known."""
    fare = published(None, report=status(open_fare("89.90", 4)))
    assert (fare.closed, fare.fares, fare.ledger) == (True, (), 0)
    opened = published(inventory(100, revision=5), fare)
    assert ([each.seats for each in opened.fares], opened.because, opened.ledger) == ([4], "opened", 5)


def test_a_newer_status_is_published_though_it_says_the_same() -> None:
    """Or one from between the two would be taken for newer."""
    fare = published(inventory(100), report=status(open_fare("89.90", 4)))
    assert (
        published(inventory(100), fare, report=status(open_fare("89.90", 4), minute=2)).observed_at > fare.observed_at
    )


def test_an_airport_of_unknown_position_has_the_documented_distance() -> None:
    """1,600 km."""
    unknown, known = (
        fare_of(ONE, inventory(100), None, kilometres=km, ladder=LADDER, now=NOW) for km in (None, 1600.0)
    )
    assert unknown == known


@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 150),
            st.integers(0, 12),
            st.sampled_from(["scheduled"] * 5 + ["cancelled", "departed"]),
            st.none() | st.lists(st.integers(1, 200), max_size=1),
        ),
        max_size=25,
    )
)
def test_no_more_seats_are_open_than_are_free_at_the_revision_that_the_state_names(
    steps: list[tuple[int, int, Phase, list[int] | None]],
) -> None:
    """Whatever is sold, given back, cancelled and reported; and at any later revision at which nothing was published."""
    known: Fare | None = None
    free_at: dict[int, Mapping[Cabin, int]] = {0: {}}
    for revision, (free, hours, phase, offered) in enumerate(steps, start=1):
        seats = inventory(free, first=8, revision=revision, phase=phase, departs=NOW + DAY)
        free_at[revision] = seats.free if phase == "scheduled" else {}
        report = None if offered is None else status(*[open_fare("90", each) for each in offered], minute=revision)
        known = decide(seats, known, after=timedelta(hours=hours), report=report) or known
        if known is None:
            continue
        for fare in known.fares:
            assert fare.seats <= free_at[known.ledger][fare.cabin]
            assert fare.seats <= free_at[revision][fare.cabin]
        assert all(fare.price.amount > Decimal(0) for fare in known.fares)
