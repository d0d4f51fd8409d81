"""A letter is worded by where its reader is when it is sent, as far as the flights are known.

Complete letters are under `golden/`, as `under-way-<what>-<language>.eml`.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from agents.notifier.adapters import email, load_airports
from agents.notifier.domain import LANGUAGES, Known, LetterLanguage, Story, Writer, is_pointless, story_of
from contracts.flights import Flight, Instant, Phase, Stop
from contracts.ledger import BookingFact, BookingKept, Language, Leg
from contracts.names import Airport
from tests.agents.notifier.samples import (
    DURING,
    FIRST,
    JOURNEYS,
    KNOWN,
    LATER,
    ONWARD,
    SAME_AIRPORT,
    at,
    changed,
    kept,
    leg,
    stranded,
)  # fmt: skip

GOLDEN = Path(__file__).parent / "golden"
SENDER = "Travel notices <notices@irops.example>"
MINUTE = timedelta(minutes=1)
LATE = leg(FIRST.flight, "DTW", "2013-02-09T13:00", "2013-02-09T15:50")
"""FIRST, 40 minutes late on its arrival."""
OTHER_ONWARD = leg("DL.45.DTW.2013-02-09", "BOS", "2013-02-09T19:00", "2013-02-09T20:40")
ONWARD_LATER = leg(ONWARD.flight, "BOS", "2013-02-09T18:00", "2013-02-09T19:40")


def flight(trip: Leg, phase: Phase, *, lands: Airport | None = None) -> Flight:
    """Its state, at the leg's times; `lands`: where it was diverted to."""
    return Flight(
        flight=trip.flight, destination=trip.destination, phase=phase, last_change=1, seats={}, diverted_to=lands,
        scheduled_departure=trip.departs, scheduled_arrival=trip.arrives, departs=trip.departs, arrives=trip.arrives,
        announced_departure=trip.departs, announced_arrival=trip.arrives, observed_at=trip.departs,
    )  # fmt: skip


def known(now: Instant, *flights: Flight) -> Known:
    return Known(now=now, flights={each.flight: each for each in flights})


def story(fact: BookingFact, at: Known) -> Story:
    return story_of(fact, airports=load_airports(), known=at)


IN_THE_AIR = known(DURING, flight(LATE, "departed"), flight(ONWARD, "scheduled"))


@pytest.mark.parametrize(
    ("now", "phase", "where"),
    [
        pytest.param(FIRST.departs - 3 * 60 * MINUTE, "scheduled", "away", id="three hours before"),
        pytest.param(FIRST.departs - 90 * MINUTE, "scheduled", "airport", id="an hour and a half before"),
        pytest.param(FIRST.departs - 20 * MINUTE, "scheduled", "gate", id="twenty minutes before"),
        pytest.param(FIRST.departs + 20 * MINUTE, "scheduled", "gate", id="late, and nothing heard"),
        pytest.param(FIRST.departs + 20 * MINUTE, "departed", "air", id="it has left"),
        pytest.param(FIRST.arrives + 20 * MINUTE, "departed", "air", id="its landing is not heard of"),
        pytest.param(FIRST.arrives - 20 * MINUTE, "arrived", "arrived", id="it has landed early"),
    ],
)
def test_the_reader_is_where_its_flight_is_known_to_be(now: Instant, phase: Phase, where: str) -> None:
    """What is known of a flight counts, and not its times alone."""
    there = known(now, flight(FIRST, phase))
    assert there.where(there.progress((FIRST,))) == where


def test_a_flight_that_has_gone_on_without_its_party_is_flown() -> None:
    """Its next flight leaves from a stop, and no way between two airports lies before it."""
    stop = Stop(airport="CLE", arrived_at=DURING - 60 * MINUTE, left_at=DURING - 30 * MINUTE)
    gone = structs.replace(flight(FIRST, "departed"), stops=(stop,))
    next_one = leg("DL.9.CLE.2013-02-09", "DTW", "2013-02-09T19:00", "2013-02-09T20:00")
    shown = story(changed((FIRST,), after=(FIRST, next_one), reason="diverted"), known(DURING, gone))
    assert (shown.where, shown.flying, shown.trip, shown.transfers) == ("airport", None, (next_one,), ())


def test_of_an_unknown_flight_the_times_count() -> None:
    """It is in the air between its departure and its arrival."""
    assert [Known(now=now).where(Known(now=now).progress((FIRST,))) for now in (FIRST.departs, FIRST.arrives)] == [
        "air",
        "arrived",
    ]


def test_what_is_flown_is_left_out() -> None:
    """The letter is about the flights ahead, and no date or airport of the flown ones."""
    landed = known(at("2013-02-09T15:20"), flight(FIRST, "arrived"), flight(OTHER_ONWARD, "scheduled"))
    shown = story(changed((FIRST, ONWARD), after=(FIRST, OTHER_ONWARD)), landed)
    assert (shown.trip, shown.flying, shown.affected, shown.new_origin) == ((OTHER_ONWARD,), None, (ONWARD,), None)


def test_a_reader_in_the_air_does_not_leave_earlier() -> None:
    """Its flight left a minute before the announced time; what matters is the arrival."""
    early = leg(FIRST.flight, "DTW", "2013-02-09T12:59", "2013-02-09T15:50")
    shown = story(kept((FIRST,), after=(early,)), known(DURING, flight(early, "departed")))
    assert (shown.leaves_earlier, shown.where, shown.flying, shown.trip) == (False, "air", early, ())


def test_an_onward_flight_that_leaves_earlier_is_pointed_out_in_the_air() -> None:
    """The reader can still act on it."""
    early = leg(ONWARD.flight, "BOS", "2013-02-09T16:30", "2013-02-09T18:10")
    shown = story(
        kept((FIRST, ONWARD), after=(FIRST, early)),
        known(DURING, flight(FIRST, "departed"), flight(early, "scheduled")),
    )
    assert (shown.leaves_earlier, shown.affected) == (True, (ONWARD,))


def test_a_trip_that_ends_early_ends_where_its_flight_has_landed() -> None:
    """The flights after it are named, and nothing lies ahead."""
    shown = story(CUT_SHORT, ENDED)
    assert (shown.kind, shown.destination, shown.affected, shown.trip) == ("ended", "BOS", (ONWARD,), ())


def test_after_a_diversion_no_transfer_is_made_up() -> None:
    """The party leaves again from where its flight has landed."""
    elsewhere = known(at("2013-02-09T16:00"), flight(FIRST, "arrived", lands="CLE"))
    from_cleveland = leg("DL.9.CLE.2013-02-09", "BOS", "2013-02-09T19:00", "2013-02-09T20:40")
    shown = story(changed((FIRST, ONWARD), after=(FIRST, from_cleveland), reason="diverted"), elsewhere)
    assert (shown.transfers, shown.trip) == ((), (from_cleveland,))


@pytest.mark.parametrize(
    ("best_known", "departs"),
    [
        pytest.param("2013-02-08T20:50", "3:50 PM (before: 2:30 PM)", id="earlier than announced"),
        pytest.param("2013-02-08T21:35", "4:10 PM (before: 2:30 PM)", id="later than announced"),
    ],
)
def test_a_letter_shows_what_is_known(writer: Writer, best_known: str, departs: str) -> None:
    """The best known arrival; and of the departures that are announced and known, the earlier, which misses neither."""
    moved = structs.replace(LATER, departs=at(best_known), arrives=at("2013-02-08T22:30"))
    body = writer.write(kept(), known=known(KNOWN.departs - 300 * MINUTE, flight(moved, "scheduled"))).body
    assert f"Departs: Friday, February 8, 2013, {departs}\n  Arrives: Friday, February 8, 2013, 5:30 PM (" in body


CUT_SHORT = changed((FIRST, ONWARD), after=(FIRST,), reason="diverted", decided_at=DURING)
"""FIRST is diverted to Boston, where ONWARD goes."""
ENDED = known(FIRST.arrives, flight(FIRST, "landed", lands="BOS"), flight(ONWARD, "scheduled"))
LANDED = known(at("2013-02-09T15:55"), flight(LATE, "arrived"))


@pytest.mark.parametrize(
    ("fact", "when", "expected"),
    [
        pytest.param(kept((FIRST,), after=(LATE,)), IN_THE_AIR, False, id="another arrival, in the air"),
        pytest.param(kept((FIRST,), after=(LATE,)), LANDED, True, id="another arrival, landed"),
        pytest.param(
            kept((KNOWN,), after=(LATER,)),
            known(LATER.departs, flight(LATER, "departed")),
            False,
            id="both times, left",
        ),
        pytest.param(
            kept((LATE,), after=(structs.replace(LATE, departs=FIRST.departs - 40 * MINUTE),)),
            IN_THE_AIR,
            True,
            id="another departure, left",
        ),
        pytest.param(
            kept((LATE, ONWARD), after=(structs.replace(LATE, departs=FIRST.departs - 40 * MINUTE), ONWARD)),
            IN_THE_AIR,
            True,
            id="another departure, left, the connection as it was",
        ),
        pytest.param(
            kept((FIRST, ONWARD), after=(LATE, ONWARD_LATER)), LANDED, False, id="a flight ahead has new times"
        ),
        pytest.param(kept((LATE,), after=(LATE,)), IN_THE_AIR, True, id="kept as it was, left"),
        pytest.param(kept((LATE, ONWARD), after=(LATE, ONWARD)), IN_THE_AIR, False, id="kept as it was, one ahead"),
        pytest.param(changed(after=(SAME_AIRPORT,)), IN_THE_AIR, True, id="a new trip that is over"),
        pytest.param(changed((FIRST, ONWARD), after=(LATE, OTHER_ONWARD)), LANDED, False, id="a new trip, half flown"),
        pytest.param(
            kept((FIRST,), after=(FIRST,), reason="diverted", diverted_to="CLE"),
            known(DURING, flight(FIRST, "diverted", lands="CLE")),
            False,
            id="a diversion in the air",
        ),
        pytest.param(
            kept((FIRST,), after=(FIRST,), reason="diverted", diverted_to="CLE"),
            known(FIRST.arrives + MINUTE, flight(FIRST, "arrived", lands="CLE")),
            False,
            id="landed elsewhere",
        ),
        pytest.param(
            kept((FIRST,), after=(FIRST,), reason="diverted", diverted_to="CLE"),
            known(FIRST.arrives + MINUTE, flight(FIRST, "arrived")),
            True,
            id="landed at its destination after all",
        ),
        pytest.param(stranded(), LANDED, False, id="a wait"),
        pytest.param(CUT_SHORT, ENDED, False, id="a trip that ends before a flight that is still to leave"),
        pytest.param(
            CUT_SHORT,
            known(ONWARD.departs, flight(FIRST, "landed", lands="BOS"), flight(ONWARD, "departed")),
            True,
            id="a trip that ends before a flight that has left",
        ),
    ],
)
def test_a_notice_is_pointless_when_nothing_in_it_lies_ahead(fact: BookingFact, when: Known, *, expected: bool) -> None:
    """Neither a departure nor an arrival that the reader does not know."""
    assert is_pointless(fact, known=when) is expected


def test_the_facts_before_a_pointless_one_count_too() -> None:
    """The party does not know of the onward flight that it was given before."""
    move = changed((FIRST, ONWARD), after=(FIRST, OTHER_ONWARD))
    fact = kept((FIRST, OTHER_ONWARD), after=(structs.replace(FIRST, departs=at("2013-02-09T12:20")), OTHER_ONWARD))
    assert is_pointless(fact, known=IN_THE_AIR)
    assert not is_pointless(fact, known=IN_THE_AIR, earlier=[move])


def letters(language: Language) -> dict[str, tuple[BookingFact, Known]]:
    """What people under way read."""
    first = leg(FIRST.flight, "DTW", "2013-02-09T13:00", "2013-02-09T15:10")
    lost = structs.replace(stranded((FIRST, ONWARD), language=language), flown=(FIRST,), origin="DTW")
    return {
        "arrival": (kept((FIRST,), after=(LATE,), language=language), IN_THE_AIR),
        "arrival-and-onward": (
            kept((FIRST, ONWARD), after=(LATE, ONWARD_LATER), language=language),
            known(DURING, flight(LATE, "departed"), flight(ONWARD_LATER, "scheduled")),
        ),
        "new-onward": (changed((FIRST, ONWARD), after=(LATE, OTHER_ONWARD), language=language), IN_THE_AIR),
        "landed": (
            changed((FIRST, ONWARD), after=(FIRST, OTHER_ONWARD), language=language),
            known(at("2013-02-09T15:20"), flight(first, "arrived"), flight(OTHER_ONWARD, "scheduled")),
        ),
        "ended": (structs.replace(CUT_SHORT, language=language), ENDED),
        "ends-there": (
            structs.replace(CUT_SHORT, language=language),
            known(DURING, flight(FIRST, "diverted", lands="BOS"), flight(ONWARD, "scheduled")),
        ),
        "stranded": (lost, IN_THE_AIR),
        "stranded-on-the-ground": (lost, known(at("2013-02-09T15:20"), flight(first, "arrived"))),
        "gate": (kept(language=language), known(LATER.departs - 10 * MINUTE, flight(LATER, "scheduled"))),
    }


@pytest.mark.parametrize("name", letters("en"))
@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_to_people_under_way_read_as_agreed(writer: Writer, language: LetterLanguage, name: str) -> None:
    """No advice about what is past, and the flight that the reader is on without its departure."""
    fact, when = letters(language)[name]
    written = email(writer.write(fact, known=when), sender=SENDER).decode()
    assert written == (GOLDEN / f"under-way-{name}-{language}.eml").read_text(encoding="utf-8")


DIVERSION = kept((FIRST,), after=(FIRST,), reason="diverted", diverted_to="CLE", decided_at=DURING)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        pytest.param(known(DURING, flight(FIRST, "departed")), False, id="in the air"),
        pytest.param(known(FIRST.arrives + MINUTE, flight(FIRST, "arrived")), True, id="landed there"),
    ],
)
def test_the_end_of_a_diversion_is_news_until_the_flight_has_landed(when: Known, *, expected: bool) -> None:
    """The party has read that it would land elsewhere, though its trip is as it was."""
    fact = kept((FIRST,), after=(FIRST,))
    assert is_pointless(fact, known=when, diverted=DIVERSION) is expected
    assert is_pointless(fact, known=when)


NEXT = leg("DL.30.EWR.2013-02-09", "DTW", "2013-02-09T19:00", "2013-02-09T21:10")
INBOUND = leg("B6.16.SFO.2013-02-08", "JFK", "2013-02-08T11:00", "2013-02-08T16:20")


def test_seats_on_the_flight_that_brought_a_waiting_party_are_not_given_up() -> None:
    """It has flown with it."""
    waits = structs.replace(stranded((FIRST,), reason="diverted"), flown=(FIRST,), origin="CLE")
    assert story(waits, known(FIRST.arrives, flight(FIRST, "landed", lands="CLE"))).given_up == ()


def diversions(language: Language) -> dict[str, tuple[BookingFact, Known, BookingKept | None]]:
    """What people read about a diversion, by where their flight is, and about the end of one."""
    rerouted = kept((FIRST, ONWARD), after=(FIRST, ONWARD), reason="diverted", diverted_to="CLE", language=language)
    resumed = kept((FIRST, ONWARD), after=(LATE, ONWARD_LATER), language=language)
    on = known(DURING, flight(LATE, "departed"), flight(ONWARD_LATER, "scheduled"))
    back = kept((FIRST, ONWARD), after=(FIRST, ONWARD), reason="diverted", diverted_to="EWR", language=language)
    ends = kept((FIRST,), after=(FIRST,), reason="diverted", diverted_to="BOS", language=language)
    to_newark = kept(
        (INBOUND, KNOWN),
        after=(INBOUND, KNOWN),
        reason="diverted",
        diverted_to="EWR",
        language=language,
        decided_at=INBOUND.arrives,
    )
    has_come_back = known(FIRST.arrives, flight(FIRST, "returned", lands="EWR"))
    return {
        "coming-back": (back, known(DURING, flight(FIRST, "diverted", lands="EWR")), None),
        "has-come-back": (back, has_come_back, None),
        "back-and-moved": (changed((FIRST,), after=(NEXT,), reason="diverted", language=language), has_come_back, None),
        "back-and-stranded": (stranded((FIRST,), reason="diverted", language=language), has_come_back, None),
        "ends-there": (ends, known(FIRST.arrives, flight(FIRST, "landed", lands="BOS")), None),
        "to-another-airport": (to_newark, known(INBOUND.arrives, flight(INBOUND, "landed", lands="EWR")), None),
        "before-departure": (rerouted, Known(now=rerouted.decided_at), None),
        "resumed": (kept((FIRST,), after=(LATE,), language=language), on, DIVERSION),
        "resumed-and-onward": (resumed, on, DIVERSION),
    }


@pytest.mark.parametrize("name", diversions("en"))
@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_about_diversions_read_as_agreed(writer: Writer, language: LetterLanguage, name: str) -> None:
    """No reader is asked to listen to a crew days before the departure, or how a trip goes on that has ended."""
    fact, when, diverted = diversions(language)[name]
    letter = writer.write(fact, known=when, diverted=diverted, journeys=JOURNEYS)
    written = email(letter, sender=SENDER).decode()
    assert written == (GOLDEN / f"diversion-{name}-{language}.eml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("before_departure", "is_shown"),
    [
        pytest.param(15, True, id="for this departure"),
        pytest.param(0, True, id="at the departure"),
        pytest.param(-5, False, id="after it"),
        pytest.param(200, False, id="for an earlier one"),
    ],
)
def test_a_letter_shows_when_the_gate_closes_if_that_is_known_for_the_departure(
    before_departure: int, is_shown: bool
) -> None:
    """A time that was given before the flight moved, and not again, is not shown."""
    new = structs.replace(
        flight(SAME_AIRPORT, "scheduled"), gate_closes=SAME_AIRPORT.departs - before_departure * MINUTE
    )
    closing = story(changed(), known(DURING, new)).closing
    assert closing.keys() == ({SAME_AIRPORT.flight} if is_shown else set())


@pytest.mark.parametrize(
    ("language", "line"),
    [
        pytest.param("en", "  Gate closes: 4:45 PM\n", id="English"),
        pytest.param("es", "  Cierre de la puerta: 16:45\n", id="Spanish"),
        pytest.param("fr", "  Fermeture de la porte : 16:45\n", id="French"),
    ],
)
def test_the_gate_closes_at_a_local_time(writer: Writer, language: Language, line: str) -> None:
    """Between departure and arrival."""
    new = structs.replace(flight(SAME_AIRPORT, "scheduled"), gate_closes=SAME_AIRPORT.departs - 15 * MINUTE)
    letter = writer.write(changed(language=language), known=known(DURING, new))
    assert line in letter.body.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("en", "(by train)", id="English"),
        pytest.param("es", "(en tren)", id="Spanish"),
        pytest.param("fr", "(en train)", id="French"),
    ],
)
def test_a_letter_says_which_leg_is_a_train(writer: Writer, language: Language, words: str) -> None:
    """In the list of what lies ahead, and for no flight."""
    fact = changed(after=(FIRST, ONWARD), language=language)
    train = structs.replace(flight(ONWARD, "scheduled"), mode="rail")
    body = writer.write(fact, known=known(DURING, flight(FIRST, "scheduled"), train)).body
    assert body.count(words) == 1
    assert next(line for line in body.splitlines() if words in line).startswith("DL 23")
