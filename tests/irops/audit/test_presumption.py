"""A party whose first flight is past its time without a word is in the air, as far as can be known."""

from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.flights import FlightChanged
from contracts.ledger import BookingChanged, BookingFact, BookingStranded, Connection, Holding, Leg, SeatsDisrupted
from contracts.rules import Rules
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import NOW, booking, by, flight, hours, key, leg, sound, with_booking, with_flight
from tests.single_journey import altered

MINUTE = timedelta(minutes=1)
FIRST, SECOND, LATER, DIRECT = key(11), key(12, "ORD"), key(13, "ORD"), key(14)


def decided(*trip: Leg, departs: timedelta, news: FlightChanged | None = None) -> Streams:
    """P had FIRST and SECOND; FIRST was to leave so long after now, and SECOND was cancelled. P was given `trip`."""
    first, second = flight(FIRST, "ORD", departs=departs), flight(SECOND, departs=hours(5), phase="cancelled")
    cancelled = replace(second[0], last_change=2)
    lost = replace(second[1], lost_by={"P": 1}, lost_behind={"P": FIRST})
    ledger = replace(lost, last_change=2, last_disruption=1, last_for_all=1, last_fact=1)
    world = sound()
    connections = {FIRST: Connection(None, LATER), LATER: Connection(FIRST, None)} if len(trip) > 1 else {}
    for added in (first, flight(LATER, departs=hours(7)), flight(DIRECT, departs=hours(3), economy=4)):
        number = added[0].flight
        holders = {"P": Holding("economy", 2)} if number in {each.flight for each in trip} else {}
        connecting = {"P": connections[number]} if number in connections else {}
        lost_by = {"P": 1} if number == FIRST and not holders else {}
        onward = (SECOND,) if number == FIRST else ()
        has = replace(added[1], holders=holders, connecting=connecting, lost_by=lost_by, lost_onward=onward)
        world = with_flight(world, (added[0], has))
    world = with_flight(world, (cancelled, ledger))
    had = (leg(first[1]), replace(leg(ledger), answered=0))
    fact = BookingChanged(
        pnr="P", id="pP", reason="cancelled", before=had, after=trip, language="en", contact="", decided_at=NOW
    )
    moved = altered(booking("P", first[1]), legs=trip, state="rebooked", last_fact="pP")
    ticket = replace(moved.journeys[0].ticket, destination="SFO", flights=(FIRST, SECOND))
    moved = replace(moved, journeys=(replace(moved.journeys[0], ticket=ticket),))
    changes = [(5, FlightChanged(flight=SECOND, n=2, change="cancelled", state=cancelled))]
    disrupted = SeatsDisrupted(flight=SECOND, n=1, kind="cancelled", parties=("P",), departs=NOW, arrives=NOW)
    return but(
        with_booking(world, moved),
        whole=True,
        changes=(*world.changes, *changes, *([(6, news)] if news else [])),
        disrupted=(*world.disrupted, (3, disrupted)),
        facts=(*world.facts, (14, fact)),
        sent=(*world.sent, replace(world.sent[0], pnr="P", id="pP")),
    )


def onward() -> tuple[Leg, Leg]:
    first, later = flight(FIRST, "ORD", departs=-20 * MINUTE)[1], flight(LATER, departs=hours(7))[1]
    return leg(first), leg(later)


def direct() -> Leg:
    return leg(flight(DIRECT, departs=hours(3))[1])


def test_a_party_that_is_planned_on_from_where_its_flight_lands_is_no_fault() -> None:
    """Twenty minutes past its time."""
    assert audit(decided(*onward(), departs=-20 * MINUTE)).findings == {}


def test_a_party_that_is_planned_from_home_while_its_flight_is_presumed_under_way_is_found() -> None:
    """The change of the sound world that wrongs it: another trip in fact and booking."""
    (finding,) = audit(decided(direct(), departs=-20 * MINUTE)).findings["misinformed_parties"]
    assert finding == f"P was planned from home at 12:00, with {FIRST} presumed under way (pP)"


@pytest.mark.parametrize("minutes", [5, -4, -70], ids=["still to leave", "just left", "silent for more than an hour"])
def test_a_party_that_may_be_at_home_is_planned_from_there(minutes: int) -> None:
    """No presumption holds, or a plan may have been made before it did."""
    assert audit(decided(direct(), departs=minutes * MINUTE)).findings == {}


def test_the_word_that_it_has_not_left_ends_the_presumption() -> None:
    """Its departure was put off, ten minutes before the decision."""
    state = flight(FIRST, "ORD", departs=-20 * MINUTE)[0]
    late = replace(
        state, last_change=2, departs=NOW + hours(2), arrives=NOW + hours(8), observed_at=NOW - 10 * MINUTE,
        announced_departure=NOW + hours(2), announced_arrival=NOW + hours(8),
    )  # fmt: skip
    news = FlightChanged(flight=FIRST, n=2, change="retimed", state=late)
    assert "misinformed_parties" not in audit(decided(direct(), departs=-20 * MINUTE, news=news)).findings
    unheard = replace(news, state=replace(late, observed_at=NOW + 10 * MINUTE))
    assert "misinformed_parties" in audit(decided(direct(), departs=-20 * MINUTE, news=unheard)).findings
    ahead = replace(unheard, state=replace(unheard.state, known_at=NOW - 10 * MINUTE))
    assert "misinformed_parties" not in audit(decided(direct(), departs=-20 * MINUTE, news=ahead)).findings


@pytest.mark.parametrize(
    ("presumed", "found"), [((60, 15), True), ((15, 60), False)], ids=["shorter-since", "longer-since"]
)
def test_a_presumption_is_that_of_the_rules_in_force_then(presumed: tuple[int, int], found: bool) -> None:
    """Twenty minutes past its departure without a word, by the first set; the second was adopted after the decision."""
    then, now = (Rules(presumed=minutes * MINUTE) for minutes in presumed)
    judged = audit(by(decided(direct(), departs=-20 * MINUTE), then, now, decided=1))
    assert ("misinformed_parties" in judged.findings) is found


def test_a_party_that_is_stranded_from_home_while_it_is_in_the_air_is_found() -> None:
    """It waits at its origin, with nothing flown."""
    world = decided(direct(), departs=-20 * MINUTE)

    def stranded(fact: BookingFact) -> BookingFact:
        if fact.pnr != "P":
            return fact
        return BookingStranded(
            pnr="P", id="pP", reason="cancelled", before=fact.before, origin="JFK", destination="SFO", language="en",
            contact="", decided_at=NOW,
        )  # fmt: skip

    facts = [(at, stranded(fact)) for at, fact in world.facts]
    party = altered(world.bookings["P"], legs=(), state="stranded")
    (found,) = audit(but(with_booking(world, party), facts=facts)).findings["misinformed_parties"]
    assert found == f"P was planned from home at 12:00, with {FIRST} presumed under way (pP)"
