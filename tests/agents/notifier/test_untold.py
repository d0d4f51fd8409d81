"""Facts that nobody was told are told with the next one that is, from the trip as last told."""

from collections.abc import Sequence
from datetime import date

from msgspec import structs

from agents.notifier.adapters import load_places
from agents.notifier.domain import Story, story_of
from agents.notifier.domain.story import Happening, Swap
from contracts.judgement import Wishes
from contracts.ledger import BookingFact, Leg
from tests.agents.notifier.samples import (
    DURING,
    FIRST,
    FROM_NEWARK,
    LATER,
    ONWARD,
    SAME_AIRPORT,
    TICKET,
    TOLD,
    at,
    changed,
    kept,
    leg,
    still_waiting,
    stranded,
)  # fmt: skip

LATER_STILL = leg(SAME_AIRPORT.flight, "BOS", "2013-02-08T22:40", "2013-02-08T23:50")
OTHER_ONWARD = leg("DL.45.DTW.2013-02-09", "BOS", "2013-02-09T19:00", "2013-02-09T20:40")


def story(untold: Sequence[BookingFact], fact: BookingFact) -> Story:
    return story_of(fact, places=load_places(), ticket=TICKET, untold=untold)


def test_new_times_of_a_flight_never_heard_of_are_a_new_trip() -> None:
    """The flight that was told is the one that is cancelled, and of the new one no earlier times are shown."""
    told = story([changed()], kept((SAME_AIRPORT,), after=(LATER_STILL,)))
    assert (told.kind, told.reason, told.hit) == ("changed", "cancelled", (TOLD,))
    assert (told.trip, told.told) == ((LATER_STILL,), {})


def test_seats_found_for_who_never_heard_of_a_wait_are_a_new_trip() -> None:
    """Nobody is thanked for waiting who did not know that there was anything to wait for."""
    told = story([stranded()], changed((), after=(FROM_NEWARK,)))
    assert (told.kind, told.reason, told.hit, told.origin) == ("changed", "cancelled", (TOLD,), Swap("JFK", "EWR"))


def test_a_second_move_is_told_as_one_from_the_first_trip() -> None:
    """The flight in between, never heard of, is named nowhere."""
    told = story([changed()], changed((SAME_AIRPORT,), after=(FROM_NEWARK,), reason="retimed"))
    assert (told.kind, told.reason, told.hit, told.trip) == ("changed", "cancelled", (TOLD,), (FROM_NEWARK,))


def test_who_is_stranded_after_an_untold_move_reads_of_the_flight_it_knew() -> None:
    """That the flight in between has too few seats is nothing to it."""
    told = story([changed()], stranded((SAME_AIRPORT,), reason="downgauged"))
    assert (told.kind, told.reason, told.hit) == ("stranded", "cancelled", (TOLD,))


def test_a_trip_that_is_as_told_again_is_kept() -> None:
    """Moved away and back: there was a change, and the trip goes ahead."""
    told = story([changed()], changed((SAME_AIRPORT,), after=(TOLD,), reason="downgauged"))
    assert (told.kind, told.reason, told.trip, told.told) == ("kept", "cancelled", (TOLD,), {})


def test_a_trip_that_is_as_told_again_at_other_times_is_retimed() -> None:
    """Its times stand beside those that were told."""
    told = story([changed()], changed((SAME_AIRPORT,), after=(LATER,)))
    assert (told.kind, told.told) == ("retimed", {TOLD.flight: TOLD})


def test_times_changed_twice_stand_beside_those_that_were_told() -> None:
    """Not beside the first change, which nobody read."""
    later = leg(TOLD.flight, "BOS", "2013-02-08T23:10", "2013-02-09T00:20")
    told = story([kept()], kept((LATER,), after=(later,)))
    assert (told.kind, told.told) == ("retimed", {TOLD.flight: TOLD})


def test_a_flight_cancelled_after_untold_new_times_is_cancelled() -> None:
    """The reason is that of the fact which took the flight away, and the flight is shown as it was told."""
    told = story([kept()], changed((LATER,), after=(SAME_AIRPORT,)))
    assert (told.kind, told.reason, told.hit) == ("changed", "cancelled", (TOLD,))


def test_only_the_flight_it_happened_to_is_named_of_a_connection() -> None:
    """The second flight was cancelled; that the first is not flown either is a later story."""
    told = story(
        [changed((FIRST, ONWARD), after=(FIRST, OTHER_ONWARD))],
        changed((FIRST, OTHER_ONWARD), after=(FROM_NEWARK,), reason="retimed"),
    )
    assert (told.reason, told.hit) == ("cancelled", (ONWARD,))


def test_who_waits_and_did_not_hear_of_seats_still_waits() -> None:
    """Found and lost again before a word of it was sent: no flight is named."""
    told = story([changed(())], still_waiting())
    assert (told.kind, told.hit, told.ends) == ("stranded", (), "BOS")


def test_seats_found_and_retimed_are_found() -> None:
    """Who waits hears of the trip at its last times."""
    told = story([changed(())], kept((SAME_AIRPORT,), after=(LATER_STILL,)))
    assert (told.kind, told.trip, told.told) == ("found", (LATER_STILL,), {})


def test_a_diverted_flight_never_heard_of_is_told_after_why_the_party_is_on_it() -> None:
    """The flight that was told comes first."""
    told = story([changed()], kept((SAME_AIRPORT,), after=(SAME_AIRPORT,), reason="diverted", diverted_to="BDL"))
    assert (told.kind, told.hit) == ("diverted", (SAME_AIRPORT,))
    assert told.first == Happening(reason="cancelled", hit=(TOLD,))


def test_a_diverted_flight_that_was_told_needs_no_word_before() -> None:
    """Untold new times of it are past."""
    told = story([kept()], kept((LATER,), after=(LATER,), reason="diverted", diverted_to="BDL"))
    assert (told.kind, told.first) == ("diverted", None)


def test_what_is_pointed_out_is_another_than_was_told() -> None:
    """Another airport and another date, though the last fact changed neither."""
    onward = leg(FROM_NEWARK.flight, "BOS", "2013-02-09T13:00", "2013-02-09T14:12")
    told = story([changed(after=(onward,))], kept((onward,), after=(onward,), decided_at=DURING))
    assert (told.origin, told.day) == (Swap("JFK", "EWR"), Swap(date(2013, 2, 8), date(2013, 2, 9)))


def asked(after: tuple[Leg, ...]) -> Story:
    """Of who wants to be there at seven and without a change of planes, could have neither, and is then kept at other times."""
    wishes = Wishes(arrive_by=at("2013-02-09T00:00"), nonstop=True)
    move = structs.replace(changed(after=(FROM_NEWARK,)), wishes=wishes, unmet=("arrive_by",))
    return story([move], kept((FROM_NEWARK,), after=after))


def test_what_could_not_be_met_is_told_though_a_later_fact_does_not_speak_of_it() -> None:
    """The trip is the one that was chosen for it."""
    told = asked((FROM_NEWARK,))
    assert told.request is not None
    assert (told.request.told, told.request.unmet) == (("arrive_by", "nonstop"), ("arrive_by",))


def test_a_wish_that_new_times_meet_is_met() -> None:
    """It is not told as one that could not be."""
    sooner = leg(FROM_NEWARK.flight, "BOS", "2013-02-08T22:00", "2013-02-08T23:12")
    told = asked((sooner,))
    assert told.request is not None
    assert (told.request.told, told.request.unmet) == (("arrive_by", "nonstop"), ())
