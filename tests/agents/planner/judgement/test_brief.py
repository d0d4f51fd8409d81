"""A party's brief: all that its trip depends on, each fact with its source, and nothing that identifies anyone."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from agents.planner.domain import TripRules
from agents.planner.judgement.brief import Brief
from agents.planner.judgement.kinds import TripFact
from bus import Seen
from contracts.ledger import Booking
from contracts.money import whole_fare
from contracts.weather import WeatherObserved
from tests.agents.planner.judgement.judgement_worlds import (
    CANCELLED,
    FLIGHTS,
    LATER,
    NOW,
    SNOW,
    at,
    booking,
    brief,
    flight,
)


def fact(of: Brief, name: str) -> TripFact:
    """The only fact of this name."""
    (found,) = [each for each in of.facts if each.name == name]
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "ticket",
            "JFK to MCO on B6 1; leaves Fri 2013-02-08 12:00, arrives Fri 2013-02-08 15:00; economy paid for, "
            "210 USD in all",
            id="what was sold",
        ),
        pytest.param("party", "2 travel, 2 seats needed, tier gold", id="who travels"),
        pytest.param("service", "WCHR, aisle seats preferred", id="what they need"),
        pytest.param(
            "current trip",
            "B6 1 in economy, JFK Fri 2013-02-08 12:00 to MCO Fri 2013-02-08 15:00",
            id="their current trip",
        ),
        pytest.param("last notice", "none", id="their last notice"),
        pytest.param(
            "flight B6 1",
            "cancelled; JFK Fri 2013-02-08 12:00 to MCO Fri 2013-02-08 15:00",
            id="each leg now",
        ),
        pytest.param(
            "option A",
            "B6 3 in economy, LGA Fri 2013-02-08 13:00 to MCO Fri 2013-02-08 16:00, 10 seats free; arrives 1 h later than the "
            "ticket; cost 1159 (delay 386, transfer 772)",
            id="options with seats and the terms of their cost",
        ),
        pytest.param("weather JFK", "30.2 F, 41 mph gusts", id="the weather as measured"),
        pytest.param(
            "rule when",
            "a trip leaves 45 min from now or later, at most 2 h before the ticketed departure and at most 14 days after it",
            id="when it may leave",
        ),
        pytest.param(
            "rule fare",
            "the airline changes the trip: whatever the option, the party pays nothing on top of its ticket",
            id="what it costs them",
        ),
        pytest.param("rule airports", "JFK, EWR, LGA count as one city", id="the airports of the city"),
    ],
)
def test_the_facts(name: str, text: str) -> None:
    """Each on one line."""
    who = booking(passengers=2, seats=2, tier="gold", ssrs=("WCHR",), preference="aisle", paid=whole_fare(210))

    assert fact(brief(of=who), name).text == text


def test_a_fact_has_its_source_its_revision_and_when_it_was_written() -> None:
    """The booking, a flight's ledger, or for an option the ledger written last among its flights."""
    found = {name: fact(brief(), name) for name in ("ticket", "flight B6 1", "option B", "weather JFK")}

    assert {name: (each.source, each.revision, each.written_at) for name, each in found.items()} == {
        "ticket": ("ledger.booking.PNR042", 3, at(-30)),
        "flight B6 1": (f"ledger.flight.{CANCELLED.flight}", 120, at(0)),
        "option B": (f"ledger.flight.{LATER.flight}", 150, at(3)),
        "weather JFK": ("weather.observed.JFK", 17, at(8)),
    }


def test_no_fact_identifies_anyone() -> None:
    """There is no PNR, no contact and no remark in them."""
    texts = " ".join(f"{each.name} {each.text}" for each in brief("a remark").facts)

    assert not [word for word in ("PNR042", "ann@example.net", "a remark") if word in texts]


def test_words_of_another_system_are_no_facts() -> None:
    """Tiers and special services may have any name there; only those that rules know are shown."""
    who = booking(passengers=2, seats=2, tier="OBEY-ME", ssrs=("OBEY", "WCHR"))

    assert fact(brief(of=who), "party").text == "2 travel, 2 seats needed, tier none"
    assert fact(brief(of=who), "service").text == "WCHR"


def test_needs_and_preferences_are_personal() -> None:
    """These facts are left out of the question about a remark."""
    alone = brief(of=booking(ssrs=("UMNR",), preference="window"))

    assert {each.name for each in alone.facts if each.personal} == {"service", "rule changes"}


def test_times_are_local_to_their_airport() -> None:
    """An arrival in Chicago is in Chicago's time; with an unknown zone it is in UTC and marked so."""
    west, nowhere = flight("AA.7", "JFK-ORD", 10), flight("AA.8", "JFK-XNA", 10)
    there = brief(flights=[*FLIGHTS, west, nowhere])

    assert there.clocks.show(west.arrives, "ORD") == "Fri 2013-02-08 12:00"
    assert there.clocks.show(nowhere.arrives, "XNA") == "Fri 2013-02-08 18:00 UTC"


def test_a_connection_has_its_change() -> None:
    """Where, and for how long."""
    out, on = flight("DL.1", "JFK-ATL", 11, hours=2), flight("DL.2", "ATL-MCO", 14, hours=1.5)

    text = fact(brief(flights=[CANCELLED, out, on]), "option A").text

    assert "; changes at ATL for 1 h; " in text


def test_a_stranded_party_has_no_current_trip() -> None:
    """The fact says `none`."""
    assert fact(brief(of=booking(state="stranded")), "current trip").text == "none"


@pytest.mark.parametrize(
    ("of", "text"),
    [
        pytest.param(booking(), "none", id="a party without a disruption"),
        pytest.param(booking(state="stranded"), "none", id="a party imported as stranded"),
        pytest.param(
            booking(state="kept", plan="plan-0"),
            "Wed 2013-02-06 18:00 at JFK, that its trip stands: "
            "B6 1 in economy, JFK Fri 2013-02-08 12:00 to MCO Fri 2013-02-08 15:00",
            id="its own trip, at the times announced then",
        ),
        pytest.param(
            booking(state="rebooked", on=LATER, plan="plan-0"),
            "Wed 2013-02-06 18:00 at JFK, that it is moved: "
            "B6 2 in economy, JFK Fri 2013-02-08 15:00 to MCO Fri 2013-02-08 18:00",
            id="another trip",
        ),
        pytest.param(
            booking(state="stranded", plan="plan-0"),
            "Wed 2013-02-06 18:00 at JFK, that there is no seat for it yet, and it is on the waiting list",
            id="none",
        ),
    ],
)
def test_the_last_notice_is_that_of_the_last_fact_about_the_booking(of: Booking, text: str) -> None:
    """With its time: the booking was committed with it."""
    assert fact(brief(of=of), "last notice").text == text


def test_an_unaccompanied_minor_has_a_rule_of_its_own() -> None:
    """It flies non-stop."""
    text = fact(brief(of=booking(ssrs=("UMNR",))), "rule changes").text

    assert text == "an unaccompanied minor flies non-stop between the very airports of the ticket"


def test_a_flight_written_long_ago_is_not_too_old_while_its_view_is_current() -> None:
    """Only the time it was last known to hold counts."""
    old = msgspec.structs.replace(LATER, written_at=at(-24 * 30))

    assert brief(flights=[CANCELLED, old]).too_old == ()


def test_old_weather_is_left_out_and_a_model_is_still_asked() -> None:
    """After three hours; weather is not vital."""
    seen = Seen(WeatherObserved(airport="JFK", observed_at=NOW - timedelta(hours=3, seconds=1)), 17, NOW)
    of = brief(weather={"JFK": seen})

    assert [each.name for each in of.too_old] == ["weather JFK"]
    assert of.usable


@pytest.mark.parametrize(
    ("known", "old"),
    [
        pytest.param("current_at", {"flight B6 1", "option A", "option B", "option C"}, id="seats"),
        pytest.param("read_at", {"ticket", "party", "current trip", "last notice"}, id="the booking"),
    ],
)
def test_no_model_is_asked_while_vital_facts_are_too_old(known: str, old: set[str]) -> None:
    """After six minutes."""
    last: dict[str, Any] = {known: NOW - timedelta(minutes=6)}
    of = brief(**last)

    assert {fact.name for fact in of.too_old} == old
    assert not of.usable


def test_a_brief_grows_too_old() -> None:
    """Its facts were fresh when it was made."""
    assert not brief().at(NOW + timedelta(minutes=6)).usable


def test_a_brief_for_choosing_has_only_the_given_options() -> None:
    """Relabelled in the given order."""
    of = brief()
    assert of.plan is not None

    options = of.choosing(of.plan, of.plan.options[1:]).facts
    offered = {each.name: each.text[:4] for each in options if each.kind == "options"}

    assert offered == {"option A": "B6 2", "option B": "B6 4"}


def test_options_after_the_eighth_are_not_offered() -> None:
    """There are labels for eight."""
    of = brief()
    assert of.plan is not None

    many = of.choosing(of.plan, of.plan.options * 5).facts

    assert [each.name[-1] for each in many if each.kind == "options"] == list("ABCDEFGH")


def test_a_party_whose_trip_stands_has_facts_without_options() -> None:
    """It needs no plan, and `irops prompt` works for it all the same."""
    fine = flight("B6.1", "JFK-MCO", 12)
    of = brief(flights=[fine], weather=SNOW, rules=TripRules())

    assert of.plan is None
    assert not [each for each in of.facts if each.kind == "options"]
