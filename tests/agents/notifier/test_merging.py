"""Facts without a letter are reported with the next one, from the trip that the party knows."""

from collections.abc import Sequence
from datetime import date

import pytest
from msgspec import structs

from agents.notifier.adapters import load_airports
from agents.notifier.domain import Story, story_of
from agents.notifier.domain.comparing import Swap
from agents.notifier.domain.story import Cause
from contracts.judgement import Wishes
from contracts.ledger import BookingFact, Leg
from tests.agents.notifier.samples import (
    FIRST,
    FROM_NEWARK,
    JOURNEYS,
    KNOWN,
    LATER,
    ONWARD,
    SAME_AIRPORT,
    at,
    changed,
    kept,
    leg,
    still_waiting,
    stranded,
)  # fmt: skip

LATER_STILL = leg(SAME_AIRPORT.flight, "BOS", "2013-02-08T22:40", "2013-02-08T23:50")
OTHER_ONWARD = leg("DL.45.DTW.2013-02-09", "BOS", "2013-02-09T19:00", "2013-02-09T20:40")


def story(earlier: Sequence[BookingFact], fact: BookingFact) -> Story:
    return story_of(fact, airports=load_airports(), journeys=JOURNEYS, earlier=earlier)


def test_new_times_of_an_unknown_flight_are_a_new_trip() -> None:
    """The flight that the party knows is cancelled; no earlier times of the new one are shown."""
    merged = story([changed()], kept((SAME_AIRPORT,), after=(LATER_STILL,)))
    assert (merged.kind, merged.reason, merged.affected) == ("changed", "cancelled", (KNOWN,))
    assert (merged.trip, merged.retimed) == ((LATER_STILL,), {})


def test_seats_found_after_an_unknown_wait_are_a_new_trip() -> None:
    """A party that did not know it was waiting is not thanked for waiting."""
    merged = story([stranded()], changed((), after=(FROM_NEWARK,)))
    assert (merged.kind, merged.reason, merged.affected, merged.new_origin) == (
        "changed",
        "cancelled",
        (KNOWN,),
        Swap("JFK", "EWR"),
    )


def test_two_moves_are_one_move_from_the_known_trip() -> None:
    """The flight in between is not named."""
    merged = story([changed()], changed((SAME_AIRPORT,), after=(FROM_NEWARK,), reason="retimed"))
    assert (merged.kind, merged.reason, merged.affected, merged.trip) == (
        "changed",
        "cancelled",
        (KNOWN,),
        (FROM_NEWARK,),
    )


def test_a_party_stranded_after_an_unknown_move_reads_about_the_flight_it_knows() -> None:
    """It does not read that the flight in between has too few seats."""
    merged = story([changed()], stranded((SAME_AIRPORT,), reason="downgauged"))
    assert (merged.kind, merged.reason, merged.affected) == ("stranded", "cancelled", (KNOWN,))


def test_a_party_moved_away_and_back_keeps_its_trip() -> None:
    """There was a change, and the trip goes ahead."""
    merged = story([changed()], changed((SAME_AIRPORT,), after=(KNOWN,), reason="downgauged"))
    assert (merged.kind, merged.reason, merged.trip, merged.retimed) == ("kept", "cancelled", (KNOWN,), {})


def test_a_party_moved_away_and_back_to_other_times_is_retimed() -> None:
    """The new times stand beside the known ones."""
    merged = story([changed()], changed((SAME_AIRPORT,), after=(LATER,)))
    assert (merged.kind, merged.retimed) == ("retimed", {KNOWN.flight: KNOWN})


def test_times_changed_twice_stand_beside_the_known_ones() -> None:
    """Not beside those of the first change, which the party never read."""
    later = leg(KNOWN.flight, "BOS", "2013-02-08T23:10", "2013-02-09T00:20")
    merged = story([kept()], kept((LATER,), after=(later,)))
    assert (merged.kind, merged.retimed) == ("retimed", {KNOWN.flight: KNOWN})


def test_a_flight_cancelled_after_unknown_new_times_is_cancelled() -> None:
    """The reason is that of the fact that took the flight away, and the flight has its known times."""
    merged = story([kept()], changed((LATER,), after=(SAME_AIRPORT,)))
    assert (merged.kind, merged.reason, merged.affected) == ("changed", "cancelled", (KNOWN,))


def test_only_the_first_disruption_of_a_connection_is_named() -> None:
    """The second flight was cancelled; the first was given up later."""
    merged = story(
        [changed((FIRST, ONWARD), after=(FIRST, OTHER_ONWARD))],
        changed((FIRST, OTHER_ONWARD), after=(FROM_NEWARK,), reason="retimed"),
    )
    assert (merged.reason, merged.affected) == ("cancelled", (ONWARD,))


def test_a_party_whose_seats_were_found_and_lost_still_waits() -> None:
    """It never read about these seats, so no flight is named."""
    merged = story([changed(())], still_waiting())
    assert (merged.kind, merged.affected, merged.destination) == ("stranded", (), "BOS")


def test_seats_found_and_then_retimed_are_found() -> None:
    """A waiting party reads about its trip at the last times."""
    merged = story([changed(())], kept((SAME_AIRPORT,), after=(LATER_STILL,)))
    assert (merged.kind, merged.trip, merged.retimed) == ("found", (LATER_STILL,), {})


def test_an_unknown_diverted_flight_comes_after_why_the_party_is_on_it() -> None:
    """The cause names the flight that the party knows."""
    merged = story([changed()], kept((SAME_AIRPORT,), after=(SAME_AIRPORT,), reason="diverted", diverted_to="BDL"))
    assert (merged.kind, merged.affected) == ("diverted", (SAME_AIRPORT,))
    assert merged.cause == Cause(reason="cancelled", affected=(KNOWN,))


def test_a_known_diverted_flight_needs_no_cause() -> None:
    """New times that the party never read about no longer matter."""
    merged = story([kept()], kept((LATER,), after=(LATER,), reason="diverted", diverted_to="BDL"))
    assert (merged.kind, merged.cause) == ("diverted", None)


def test_warnings_compare_with_the_known_trip() -> None:
    """Another airport and another date, though the last fact changed neither."""
    onward = leg(FROM_NEWARK.flight, "BOS", "2013-02-09T13:00", "2013-02-09T14:12")
    merged = story([changed(after=(onward,))], kept((onward,), after=(onward,)))
    assert (merged.new_origin, merged.new_date) == (Swap("JFK", "EWR"), Swap(date(2013, 2, 8), date(2013, 2, 9)))


def asked(after: tuple[Leg, ...]) -> Story:
    """The story of a party that asked to arrive by seven and not to change planes, and is then kept at other times.

    The first could not be met.
    """
    wishes = Wishes(arrive_by=at("2013-02-09T00:00"), nonstop=True)
    move = structs.replace(changed(after=(FROM_NEWARK,)), wishes=wishes, unmet=("arrive_by",))
    return story([move], kept((FROM_NEWARK,), after=after))


def test_an_unmet_wish_is_mentioned_though_the_later_fact_does_not_mention_it() -> None:
    """The trip is still the one that was chosen for it."""
    kept_on = asked((FROM_NEWARK,))
    assert kept_on.request is not None
    assert (kept_on.request.mentioned, kept_on.request.unmet) == (("arrive_by", "nonstop"), ("arrive_by",))


def test_a_wish_that_new_times_meet_is_met() -> None:
    """The letter does not say that it could not be met."""
    sooner = leg(FROM_NEWARK.flight, "BOS", "2013-02-08T22:00", "2013-02-08T23:12")
    kept_on = asked((sooner,))
    assert kept_on.request is not None
    assert (kept_on.request.mentioned, kept_on.request.unmet) == (("arrive_by", "nonstop"), ())


def test_a_new_trip_has_the_marks_of_the_last_fact() -> None:
    """Its times have made a night of a wait since."""
    last = structs.replace(kept((SAME_AIRPORT,), after=(LATER_STILL,)), marks=("night",))
    assert story([changed()], last).marks == ("night",)


@pytest.mark.parametrize("after", [(LATER_STILL,), (FIRST,)], ids=["new trip", "the trip that it knows"])
def test_a_ticket_that_does_not_show_the_last_trip_is_not_called_confirmed(after: tuple[Leg, ...]) -> None:
    """Also where the party is back on the trip that it knows."""
    last = structs.replace(kept((SAME_AIRPORT,), after=after), documents="reissue_due")
    assert story([changed()], last).unticketed
