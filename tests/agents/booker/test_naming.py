"""A passenger's name is corrected, or another one is given; nothing else of the passenger changes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.booker.domain.requests import Decided, Known, quote
from agents.booker.domain.requests.naming import letters_changed
from contracts.ledger import BeforeRequests, Booking
from contracts.money import PaidItem
from contracts.passengers import Passenger, Service
from contracts.requests import Quote, QuoteWanted, RequestRefused, Wanted
from contracts.reservations import BookingAmended
from contracts.sales import Instrument
from policy.fares import FareRules
from tests.agents.booker.booker_world import booking
from tests.agents.booker.request_world import HELD, decided, dollars, fare_rules, known, sold, yes_to
from tests.agents.booker.reservation_world import FIRST, facts, why
from tests.agents.booker.reservation_world import decided as by_reservation_system
from tests.reservation_system import whole

RULES = """
[[rule]]
id = "misspelt"
on = ["change_names"]
when = { letters_changed = { at_most = 2 } }
outcome = "allowed"
words = "Misspelt."
[[rule]]
id = "another"
on = ["change_names"]
outcome = "allowed"
words = "Another name is 25 dollars."
charge = [{ for = "names", amount = "25.00 USD * names_changed" }]
"""
ANA = Passenger(id="RUIS-1", name="Ana Ruis", age=40, services=(Service(ssr="WCHR", status="confirmed"),))
BO = Passenger(id="RUIS-2", name="Bo Ruis", kind="child", escort="RUIS-1")
SOLD = structs.replace(sold(booking("A", [FIRST], seats=2), "200.00"), passengers=(ANA, BO))
CARD = (Instrument(id="visa", kind="card"),)


@pytest.fixture(scope="module")
def fares(tmp_path_factory: pytest.TempPathFactory) -> FareRules:
    return fare_rules(tmp_path_factory.mktemp("fares"), RULES)


def wishing(fares: FareRules, ours: Booking = SOLD, **names: str) -> Known:
    """The booking, and the names wished for: `_1="Ana Ruiz"`."""
    return replace(known(ours, fares), names={int(place[1:]): name for place, name in names.items()})


def asked(of: Known, *places: int) -> Quote:
    question = QuoteWanted(
        pnr="A", id="quote", wanted=Wanted(names=places or tuple(of.names)), pay_with=CARD, names=dict(of.names)
    )
    return quote(question, of, held=HELD)


def done(of: Known) -> Decided[int]:
    found = asked(of)
    assert found.outcome == "allowed", found.why
    return decided(yes_to(found), found, of)


def renamed(fares: FareRules, ours: Booking = SOLD, **names: str) -> Booking:
    found = done(wishing(fares, ours, **names)).booking
    assert found is not None
    return found


def test_a_letter_is_corrected_and_nothing_else_changes(fares: FareRules) -> None:
    """Not age, services, escort, flights or money."""
    now = renamed(fares, _1="Ana Ruiz")
    assert now.passengers == (structs.replace(ANA, name="Ana Ruiz"), BO)
    assert (now.party, now.journeys, now.sale, now.changes) == (SOLD.party, SOLD.journeys, SOLD.sale, SOLD.changes)


def test_another_name_has_its_price(fares: FareRules) -> None:
    """Which is the carrier's charge."""
    now = renamed(fares, _1="Zoe Quux", _2="Bo Quux")
    assert now.party.paid[-1] == PaidItem(kind="carrier_charge", price=dollars("50.00"))


def test_a_quote_and_what_is_done_name_no_one(fares: FareRules) -> None:
    """They have the place in the list, and how many letters change."""
    of = wishing(fares, _1="Zoe Quux")
    found = asked(of)
    assert (found.asked.names, found.asked.wanted.names, found.facts["letters_changed"]) == ({}, (1,), "6")
    facts_ = decided(yes_to(found), found, of).facts
    assert "Zoe" not in repr((found, facts_))
    assert "Ana" not in repr((found, facts_))
    assert "RUIS" not in repr((found, facts_))


@pytest.mark.parametrize(
    ("names", "places", "outcome", "why_"),
    [
        ({"_1": "Ana Ruis"}, (1,), "refused", "passenger 1 has that name already"),
        ({"_1": "  "}, (1,), "refused", "no name is given for passenger 1"),
        ({"_3": "Cy"}, (3,), "refused", "the booking has no passenger 3"),
        ({"_1": "Zoe"}, (2,), "refused", "no name is given for passenger 2"),
        ({"_1": "Zoe", "_2": "Cy"}, (1,), "refused", "a name is given for passenger 2, who is not asked about"),
        ({"_1": "Zoe"}, (1, 1), "refused", "a passenger is named twice"),
    ],
    ids=["the same", "blank", "no such passenger", "another's", "one more", "twice"],
)
def test_what_cannot_be_done_is_no_offer(
    names: dict[str, str], places: tuple[int, ...], outcome: str, why_: str, fares: FareRules
) -> None:
    """Before rules are asked; no name is in the reason."""
    found = asked(wishing(fares, SOLD, **names), *places)
    assert (found.outcome, found.why) == (outcome, why_)


def test_names_beside_another_wish_are_refused(fares: FareRules) -> None:
    """Nothing that was asked for is dropped."""
    of = wishing(fares, _1="Zoe")
    question = QuoteWanted(pnr="A", id="quote", wanted=Wanted(cancel=(1,)), names={1: "Zoe"})
    assert quote(question, of, held=HELD).why == "names are given, and no passenger is asked about"


def test_who_has_checked_in_or_is_not_known_is_for_a_person(fares: FareRules) -> None:
    """A boarding pass has the old name."""
    in_ = structs.replace(SOLD, passengers=(structs.replace(ANA, coupons={FIRST.flight: "checked_in"}), BO))
    assert asked(wishing(fares, in_, _1="Ana Ruiz")).why == "passenger 1 has checked in, or has flown"
    unknown = structs.replace(SOLD, passengers=())
    assert asked(wishing(fares, unknown, _1="Ana Ruiz")).why == "who travels is not known by name"


def test_a_yes_after_the_names_are_gone_is_refused(fares: FareRules) -> None:
    """They are asked for again."""
    found = asked(wishing(fares, _1="Ana Ruiz"))
    result = decided(yes_to(found), found, wishing(fares))
    (refused,) = result.facts
    assert isinstance(refused, RequestRefused)
    assert (refused.refusal, result.booking, result.quotes) == ("expired", None, ())


# The reservation system's next word.


@pytest.mark.parametrize("says", ["Ana Ruis", ""], ids=["as before", "none"])
def test_a_version_that_repeats_the_name_before_undoes_nothing(says: str, fares: FareRules) -> None:
    """It is taken in otherwise."""
    ours = renamed(fares, _1="Ana Ruiz")
    theirs = structs.replace(SOLD, passengers=(structs.replace(ANA, name=says, age=41), BO))
    result = by_reservation_system(whole(theirs), ours=[ours])
    now = result.bookings["A"]
    assert [(each.name, each.age) for each in now.passengers] == [("Ana Ruiz", 41), ("Bo Ruis", None)]
    assert now.before_requests == BeforeRequests(names={"RUIS-1": "Ana Ruis"})


def test_a_version_that_has_the_name_settles_it(fares: FareRules) -> None:
    """From then on its word holds."""
    ours = renamed(fares, _1="Ana Ruiz")
    theirs = structs.replace(ours, before_requests=BeforeRequests())
    (fact,) = facts(result := by_reservation_system(whole(theirs), ours=[ours]))
    assert isinstance(fact, BookingAmended)
    assert result.bookings["A"].before_requests == BeforeRequests()


def test_a_third_name_waits_for_a_person(fares: FareRules) -> None:
    """And is in no fact."""
    ours = renamed(fares, _1="Ana Ruiz")
    theirs = structs.replace(SOLD, passengers=(structs.replace(ANA, name="Anna Rice"), BO))
    assert why(by_reservation_system(whole(theirs), ours=[ours])) == (
        "requested",
        "passenger 1 has another name than before and than the party has asked for",
    )


@given(one=st.text(max_size=8), other=st.text(max_size=8))
def test_letters_are_counted_the_same_both_ways(one: str, other: str) -> None:
    """From none, where names are alike, to as many as the longer one has."""
    changed = letters_changed(one, other)
    assert changed == letters_changed(other, one)
    assert (changed == 0) == (one.strip().casefold() == other.strip().casefold())
    assert changed <= max(len(one.strip().casefold()), len(other.strip().casefold()))


def test_letters_that_are_put_in_taken_out_or_replaced_count_one_each() -> None:
    """The usual example."""
    assert letters_changed("kitten", " Sitting ") == 3
