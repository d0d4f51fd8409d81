"""Seats that a party asks for by number: which it may have, at what price, and what becomes of a seat that is gone."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from agents.booker.domain import Layouts
from agents.booker.domain.requests import Decided, Known, quote
from contracts.layouts import Layout, SeatNumber, Section
from contracts.ledger import Booking, SeatLedger
from contracts.passengers import Passenger
from contracts.requests import PaymentDue, Quote, QuoteWanted, RequestDone, RequestRefused, SeatsWanted, Wanted
from contracts.reservations import BookingAmended
from contracts.sales import Instrument
from tests.agents.booker.booker_world import DEPARTS, booking
from tests.agents.booker.request_world import HELD, decided, dollars, fare_rules, known, sold, yes_to
from tests.agents.booker.reservation_world import FIRST, SECOND

CABIN = Layout(
    layout="cabin",
    sections=(
        Section(cabin="first", first=1, last=1, letters="A C"),
        Section(cabin="economy", first=2, last=5, letters="ABC DEF"),
    ),
    exits=(3,),
    extra_legroom=("3A", "3B", "3C"),
    blocked=("5F",),
)
LAYOUTS = Layouts([CABIN])
RULES = """
[[rule]]
id = "legroom"
on = ["change_seat"]
when = { seat_kinds = { has_any = ["extra_legroom", "exit"] } }
outcome = "allowed"
words = "More legroom costs 20 dollars a seat."
charge = [{ for = "legroom", amount = "20 USD * new_seats" }]

[[rule]]
id = "any"
on = ["change_seat"]
outcome = "allowed"
words = "Any other seat is free."
"""
PAIR = sold(booking("A", [FIRST], seats=2), "200.00")
OTHER = booking("B", [FIRST], seats=1)
CARD = Instrument(id="visa", kind="card")
ADULT, CHILD = Passenger(id="1", age=40), Passenger(id="2", age=7, escort="1")
FAMILY = structs.replace(
    PAIR, passengers=(ADULT, CHILD), party=structs.replace(PAIR.party, ssrs=("CHLD",))
)  # fmt: skip


def world(
    ours: Booking, folder: Path, *, others: tuple[SeatNumber, ...] = ("2F",), rules: str = RULES, **more: Any
) -> Known:
    """A and B on FIRST: A in 4A and 4B, B in 2F."""
    numbers = {"A": ("4A", "4B"), "B": others}
    first = structs.replace(FIRST, layout="cabin", numbers=numbers)
    flights = (structs.replace(first, **more), SECOND)
    return known(ours, fare_rules(folder, rules), flights=flights, layouts=LAYOUTS, others=[OTHER])


def asks(of: Known, *seats: SeatNumber, on: SeatLedger = FIRST, journey: int = 1) -> Quote:
    wanted = Wanted(seats=(SeatsWanted(journey=journey, flight=on.flight, seats=seats),))
    question = QuoteWanted(pnr=of.booking.pnr, id="quote", wanted=wanted, pay_with=(CARD,))
    return quote(question, of, held=HELD)


def done(quoted: Quote, of: Known) -> Decided[int]:
    return decided(yes_to(quoted), quoted, of)


def test_seats_are_given_and_paid_for_as_an_ancillary_of_the_journey(tmp_path: Path) -> None:
    """The flight's ledger has them, the trip stays, and no later plan is out of date."""
    of = world(PAIR, tmp_path)
    quoted = asks(of, "3A", "3B")
    assert (quoted.outcome, quoted.acts) == ("allowed", ("change_seat",))
    assert [part.money for part in quoted.price.charges] == [dollars("40")]
    assert quoted.facts["seat_kinds"] == "exit, extra_legroom, middle, window"
    result = done(quoted, of)
    answer, payment, change = result.facts
    assert isinstance(answer, RequestDone)
    assert isinstance(payment, PaymentDue)
    assert isinstance(change, BookingAmended)
    assert result.seats[FIRST.flight].numbers == {"A": ("3A", "3B"), "B": ("2F",)}
    assert change.seats == {FIRST.flight: ("3A", "3B")}
    assert (answer.journeys, change.journeys) == ((), ())
    assert result.booking is not None
    assert result.booking.journeys == PAIR.journeys
    assert [(item.kind, item.price, item.journey) for item in result.booking.party.paid] == [
        ("fare", dollars("200.00"), 1), ("ancillary", dollars("40"), 1),
    ]  # fmt: skip


def test_a_rule_knows_what_the_seats_are_and_how_many_are_new(tmp_path: Path) -> None:
    """Those that the party has already count as they are, and cost nothing again."""
    quoted = asks(world(PAIR, tmp_path), "4B", "4C")
    assert {name: quoted.facts[name] for name in ("seat_kinds", "seat_kinds_before", "new_seats")} == {
        "seat_kinds": "aisle, middle", "seat_kinds_before": "middle, window", "new_seats": "1",
    }  # fmt: skip
    assert (quoted.outcome, quoted.price.charges) == ("allowed", ())


@pytest.mark.parametrize(
    ("seats", "why"),
    [
        pytest.param(("2E", "2F"), "seat 2F is taken", id="another party's"),
        pytest.param(("5E", "5F"), "there is no seat 5F that is given out", id="blocked"),
        pytest.param(("9A", "9B"), "there is no seat 9A that is given out", id="none"),
        pytest.param(("1A", "1C"), "seat 1A is in first, and the party flies in economy", id="another cabin"),
        pytest.param(("2A",), "2 seats are needed, and 1 asked for", id="too few"),
        pytest.param(("2A", "2A"), "a seat is named twice", id="one twice"),
        pytest.param(("4A", "4B"), "it sits there already", id="its own"),
    ],
)
def test_seats_that_it_may_not_have_are_refused_with_the_reason(
    seats: tuple[SeatNumber, ...], why: str, tmp_path: Path
) -> None:
    """In one line, which names the flight."""
    quoted = asks(world(PAIR, tmp_path), *seats)
    assert (quoted.outcome, quoted.why) == ("refused", f"{FIRST.flight}: {why}")


def test_a_family_sits_in_no_exit_row_and_with_the_minor_beside_its_adult(tmp_path: Path) -> None:
    """By the rules by which seats are given out."""
    of = world(FAMILY, tmp_path)
    refused = [asks(of, *seats).why for seats in (("3A", "3B"), ("2A", "2D"))]
    assert refused == [
        f"{FIRST.flight}: seat 3A is in an exit row, where not all of the party may sit",
        f"{FIRST.flight}: a minor would sit away from its adult",
    ]
    assert asks(of, "2B", "2A").outcome == "allowed"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        pytest.param({"layout": None, "numbers": {}}, "gives out no seats by number", id="without a layout"),
        pytest.param({"layout": "unknown", "numbers": {}}, "gives out no seats by number", id="a layout of no one's"),
        pytest.param({"phase": "departed", "departs": DEPARTS}, "is departed, or presumed to have left", id="left"),
        pytest.param({"phase": "cancelled"}, "is cancelled, or presumed to have left", id="cancelled"),
        pytest.param({"offloaded": ("A",)}, "the party is moved to another one", id="too few seats"),
    ],
)
def test_a_flight_that_gives_out_no_seats_now_is_refused(more: dict[str, Any], why: str, tmp_path: Path) -> None:
    """Whatever is asked for."""
    quoted = asks(world(PAIR, tmp_path, **more), "2A", "2B")
    assert quoted.outcome == "refused"
    assert why in quoted.why


def test_a_flight_of_another_party_is_refused(tmp_path: Path) -> None:
    """So is a journey that there is not."""
    of = world(PAIR, tmp_path)
    assert [asks(of, "2A", "2B", on=SECOND).why, asks(of, "2A", "2B", journey=2).why] == [
        f"journey 1 is not on {SECOND.flight}", "the booking has no journey 2",
    ]  # fmt: skip


def test_a_seat_that_is_gone_is_refused_with_a_quote_for_seats_near_it(tmp_path: Path) -> None:
    """Nothing is given that was not agreed to."""
    quoted = asks(world(PAIR, tmp_path), "2B", "2C")
    result = done(quoted, world(PAIR, tmp_path, others=("2C",)))
    (refused,), (offer,) = result.facts, result.quotes
    assert isinstance(refused, RequestRefused)
    assert (refused.refusal, refused.detail, refused.offers) == (
        "impossible", f"{FIRST.flight}: seat 2C is taken", offer.id,
    )  # fmt: skip
    assert (result.seats, result.booking) == ({}, None)
    assert offer.asked.wanted.seats[0].seats == ("2B", "2A")


def test_where_all_are_gone_the_new_quote_is_for_seats_like_them(tmp_path: Path) -> None:
    """At the price that these have."""
    quoted = asks(world(PAIR, tmp_path), "3A", "3B")
    (offer,) = done(quoted, world(PAIR, tmp_path, others=("3A", "3B"))).quotes
    assert offer.asked.wanted.seats[0].seats == ("3E", "3F")
    assert offer.price.charges == quoted.price.charges


def test_seats_that_are_something_else_by_now_are_quoted_again(tmp_path: Path) -> None:
    """Another aircraft has another row at its exit."""
    quoted = asks(world(PAIR, tmp_path), "4C", "4D")
    other = Layouts([structs.replace(CABIN, exits=(4,))])
    result = done(quoted, dataclasses.replace(world(PAIR, tmp_path), layouts=other))
    (refused,), (offer,) = result.facts, result.quotes
    assert isinstance(refused, RequestRefused)
    assert refused.refusal == "changed"
    assert [part.money for part in offer.price.charges] == [dollars("40")]


def test_a_price_that_gives_up_what_was_paid_is_for_a_person(tmp_path: Path) -> None:
    """No flight is given up for a seat."""
    gives = '[[rule]]\nid = "g"\non = ["change_seat"]\noutcome = "allowed"\nwords = "W."\ngives_up = "10 USD"\n'
    quoted = asks(world(PAIR, tmp_path, rules=gives), "2A", "2B")
    assert (quoted.outcome, quoted.why) == ("person", "something is given up of what was paid, and no flight is")
