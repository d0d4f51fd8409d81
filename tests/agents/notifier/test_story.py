"""The story of a fact, before any language."""

from collections.abc import Sequence
from datetime import date

import pytest

from agents.notifier.adapters import load_airports
from agents.notifier.domain import Story, is_superseded, story_of
from agents.notifier.domain.comparing import Swap, Transfer
from contracts.ledger import Booking, BookingFact, Journey, Party
from tests.agents.notifier.samples import (
    DECIDED,
    DURING,
    FIRST,
    FROM_NEWARK,
    JOURNEYS,
    KNOWN,
    LATER,
    ONWARD,
    SAME_AIRPORT,
    TICKET,
    changed,
    kept,
    leg,
    stranded,
)  # fmt: skip
from tests.single_journey import single


def story(fact: BookingFact, *, journeys: Sequence[Journey] = ()) -> Story:
    return story_of(fact, airports=load_airports(), journeys=journeys)


def booking(plan: str) -> Booking:
    party = Party(passengers=1, seats=1, cabin="economy")
    return single("K7QX2M", party, ticket=TICKET, legs=(KNOWN,), last_fact=plan)


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        pytest.param(changed(), "changed", id="new seats instead of old ones"),
        pytest.param(changed(()), "found", id="new seats after a wait"),
        pytest.param(kept(), "retimed", id="its own flight at other times"),
        pytest.param(kept(after=(KNOWN,)), "kept", id="its own flight as it was"),
        pytest.param(kept(after=(KNOWN,), reason="downgauged"), "kept", id="its own flight, smaller"),
        pytest.param(kept(after=(KNOWN,), reason="diverted", diverted_to="BDL"), "diverted", id="landing elsewhere"),
        pytest.param(kept(after=(KNOWN,), reason="diverted"), "diverted", id="landing somewhere unknown"),
        pytest.param(stranded(), "stranded", id="no seats"),
    ],
)
def test_the_kind_of_a_story(fact: BookingFact, kind: str) -> None:
    """It follows from the fact, and from the trip and the times the party had."""
    assert story(fact).kind == kind


def test_a_change_within_the_minute_is_no_new_time() -> None:
    """Letters show minutes: a difference of seconds would show the same time twice."""
    nudged = leg(KNOWN.flight, "BOS", "2013-02-08T19:30:40", "2013-02-08T20:40:10")
    assert story(kept(after=(nudged,))).kind == "kept"


def test_only_the_replaced_flight_of_a_connection_is_named() -> None:
    """A cancelled flight can't be in the new trip, so the one that is gone was cancelled."""
    other = leg("DL.45.DTW.2013-02-09", "BOS", "2013-02-09T19:00", "2013-02-09T20:40")
    assert story(changed((FIRST, ONWARD), after=(FIRST, other))).affected == (ONWARD,)


def test_a_broken_connection_names_the_retimed_flight() -> None:
    """If the first flight is late and the second was replaced, the first has new times."""
    late = leg(FIRST.flight, "DTW", "2013-02-09T15:00", "2013-02-09T17:10")
    other = leg("DL.45.DTW.2013-02-09", "BOS", "2013-02-09T19:00", "2013-02-09T20:40")
    assert story(changed((FIRST, ONWARD), after=(late, other), reason="retimed")).affected == (FIRST,)


def test_the_diverted_flight_is_the_one_in_the_air() -> None:
    """It is the last flight of a connection that has left; those after it are the rest of the trip."""
    fact = kept((FIRST, ONWARD), after=(FIRST, ONWARD), reason="diverted", diverted_to="CLE", decided_at=DURING)
    diverted = story(fact)
    assert (diverted.affected, diverted.trip) == ((FIRST,), (ONWARD,))


def test_another_departure_airport_is_pointed_out() -> None:
    """JFK and Newark are one city to the planner and two places to a passenger."""
    assert story(changed(after=(FROM_NEWARK,))).new_origin == Swap("JFK", "EWR")


def test_another_arrival_airport_is_pointed_out() -> None:
    """The same at the end of the trip."""
    providence = leg("UA.351.JFK.2013-02-08", "PVD", "2013-02-08T23:00", "2013-02-09T00:12")
    assert story(changed(after=(providence,))).new_destination == Swap("BOS", "PVD")


def test_a_connection_between_airports_is_pointed_out() -> None:
    """The party has to get from LaGuardia to JFK."""
    up = leg("DL.1.BOS.2013-02-09", "LGA", "2013-02-09T13:00", "2013-02-09T14:10")
    on = leg("DL.2.JFK.2013-02-09", "MIA", "2013-02-09T19:00", "2013-02-09T22:10")
    assert story(changed(after=(up, on))).transfers == (Transfer(was="LGA", now="JFK", takes=on.departs - up.arrives),)


def test_the_date_is_local() -> None:
    """A departure at 03:30 UTC is on the evening before in New York: the date has not changed."""
    evening = leg("B6.2018.JFK.2013-02-08", "BOS", "2013-02-09T03:30", "2013-02-09T04:40")
    assert story(changed(after=(evening,))).new_date is None


def test_another_date_is_pointed_out() -> None:
    """A trip on the next local day."""
    assert story(changed(after=(FIRST, ONWARD))).new_date == Swap(date(2013, 2, 8), date(2013, 2, 9))


def test_another_cabin_is_pointed_out() -> None:
    """The party paid for first and travels in economy."""
    first = leg(KNOWN.flight, "BOS", "2013-02-08T19:30", "2013-02-08T20:40", cabin="first")
    assert story(changed((first,))).new_cabin == Swap("first", "economy")


def test_an_earlier_departure_is_pointed_out() -> None:
    """It is the change that makes a party miss its flight."""
    early = leg(KNOWN.flight, "BOS", "2013-02-08T19:10", "2013-02-08T20:20")
    assert story(kept(after=(early,))).leaves_earlier


def test_more_stops_are_pointed_out() -> None:
    """A connection instead of a non-stop names the airports where the party changes planes."""
    assert story(changed(after=(FIRST, ONWARD))).stops == ("DTW",)


def test_the_same_trip_at_other_times_points_out_nothing() -> None:
    """A plain delay has new times and no warnings."""
    same = story(kept())
    assert [same.new_origin, same.new_destination, same.new_date, same.new_cabin] == [None] * 4
    assert (same.leaves_earlier, same.stops, same.transfers) == (False, (), ())


def test_a_trip_found_after_a_wait_is_compared_with_the_ticket() -> None:
    """A stranded party had no trip, but it knows the airports it paid for."""
    assert story(changed((), after=(FROM_NEWARK,)), journeys=JOURNEYS).new_origin == Swap("JFK", "EWR")


def test_a_trip_that_has_begun_is_under_way() -> None:
    """Advice about getting to the airport comes too late."""
    assert story(kept((FIRST,), after=(FIRST,), decided_at=DURING)).has_begun
    assert not story(kept((KNOWN,), after=(LATER,), decided_at=DECIDED)).has_begun


@pytest.mark.parametrize("fact", [changed(after=()), kept(after=())], ids=["changed", "kept"])
def test_a_trip_without_flights_is_refused(fact: BookingFact) -> None:
    """A booking that is changed or kept has flights; without them the fact is wrong."""
    with pytest.raises(ValueError, match="has no flights"):
        story(fact)


@pytest.mark.parametrize(
    ("latest", "expected"),
    [
        pytest.param(booking("factC"), False, id="the latest fact"),
        pytest.param(booking("later"), True, id="a later fact exists"),
    ],
)
def test_a_fact_is_superseded_by_a_later_one(latest: Booking, *, expected: bool) -> None:
    """The booking carries the id of its last fact: another id means that this fact is out of date."""
    assert is_superseded(changed(after=(SAME_AIRPORT,)), latest) is expected
