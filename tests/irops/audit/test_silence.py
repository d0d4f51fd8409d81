"""The audit finds who was left on a flight of which no word comes, and a ledger that does not say so."""

from collections.abc import Mapping, Sequence
from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.flights import Phase
from contracts.ledger import Holding
from contracts.names import Airport
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import NOW, booking, flight, hours, key, leg, sound, with_booking, with_flight

SINCE = timedelta(hours=2)
"""Before now: when the flight was to land, or came back."""


def silent(phase: Phase, to: Airport, *, since: timedelta = SINCE, known: bool = True) -> Streams:
    """A party on board of a flight to SFO, and no word of it for two hours; `known`: its ledger has that."""
    state, ledger = flight(key(7), departs=-hours(5), phase=phase)
    departs, arrives = (NOW - hours(5), NOW - since) if phase == "diverted" else (NOW - since, NOW + hours(4))
    state = replace(state, diverted_to=to, departs=departs, arrives=arrives)
    state = replace(state, announced_departure=departs, announced_arrival=arrives)
    ledger = replace(ledger, diverted_to=to, departs=departs, arrives=arrives, silent=known)
    ledger = replace(ledger, holders={"P": Holding("economy", 2)})
    added = booking("P", ledger, leg(ledger))
    return with_booking(with_flight(sound(), (state, ledger)), added)


def found(streams: Streams, figure: str) -> Sequence[str]:
    findings: Mapping[str, Sequence[str]] = audit(streams).findings
    return findings.get(figure, ())


@pytest.mark.parametrize(("phase", "to"), [("diverted", "DTW"), ("diverted", "JFK"), ("returned", "JFK")])
def test_a_party_that_is_left_on_a_silent_flight_is_found(phase: Phase, to: Airport) -> None:
    (finding,) = found(silent(phase, to), "unanswered_parties")
    assert finding.startswith(f"P is left on {key(7)}, {phase} to {to}, of which no word has come")


@pytest.mark.parametrize(("phase", "to"), [("diverted", "DTW"), ("returned", "JFK")])
def test_no_party_is_left_while_a_word_may_still_come(phase: Phase, to: Airport) -> None:
    """Within the hour."""
    assert not found(silent(phase, to, since=timedelta(minutes=50), known=False), "unanswered_parties")


def test_a_party_that_goes_on_from_where_it_was_to_land_is_not_left() -> None:
    streams = silent("diverted", "DTW")
    onward = flight(key(8, "DTW"), departs=hours(3))
    added = streams.bookings["P"]
    (journey,) = added.journeys
    going = replace(added, journeys=(replace(journey, legs=(*journey.legs, leg(onward[1]))),))
    assert not found(with_booking(with_flight(streams, onward), going), "unanswered_parties")


def test_a_party_whose_flight_was_to_land_where_it_wants_to_be_is_not_left() -> None:
    assert not found(silent("diverted", "SFO"), "unanswered_parties")


@pytest.mark.parametrize(("phase", "to"), [("diverted", "DTW"), ("returned", "JFK")])
def test_a_ledger_that_waits_for_a_word_for_ever_is_found(phase: Phase, to: Airport) -> None:
    (finding,) = found(silent(phase, to, known=False), "outdated_flights")
    assert "not silent in the ledger, and no word of it has come" in finding


@pytest.mark.parametrize("since", [timedelta(minutes=50), -hours(1)])
def test_a_ledger_that_waits_for_no_word_is_found(since: timedelta) -> None:
    (finding,) = found(silent("diverted", "DTW", since=since), "outdated_flights")
    assert finding.endswith("silent in the ledger, and diverted by the last word of it")


def test_a_flight_with_passengers_that_never_left_is_for_a_person() -> None:
    """By what is known: its passengers may be in the air, or at its gate."""
    state, ledger = flight(key(7), departs=-hours(2))
    streams = with_flight(sound(), (state, replace(ledger, holders={"P": Holding("economy", 2)})))
    streams = with_booking(streams, booking("P", ledger, leg(ledger)))
    (finding,) = audit(streams).for_a_person.shown
    assert (
        finding == f"{key(7)} was to leave at {state.departs.isoformat()}, and no word of it has come; it has 1 party"
    )
    assert not audit(but(streams, now=NOW - hours(1.5))).for_a_person.shown
