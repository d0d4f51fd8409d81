"""Trips that were booked without the yes that the rules asked for, and questions that they do not ask."""

from dataclasses import replace as but
from datetime import timedelta

import pytest
from msgspec.structs import replace

from contracts.ledger import BookingChanged, BookingStranded
from contracts.reservations import BookingAmended, PartySummary
from contracts.rules import CarrierRules, Consent, Rules
from irops.audit import Streams, audit
from tests.irops.audit.audit_world import FINE, NOW, by, hours, leg
from tests.irops.audit.offer_world import MINUTE, NEXT, taken, with_fact, with_offer, world
from tests.single_journey import altered

FIGURE = "booked_without_consent"
PARTY = Consent(by="party")


def found(streams: Streams) -> tuple[str, ...]:
    return audit(streams).findings.get(FIGURE, ())


def moved(*consent: Consent, on: str = NEXT, **fields: object) -> Streams:
    """O was moved outright, hours before its new flight leaves, under these rules."""
    streams = taken(world(consent=consent), on)
    return with_fact(but(streams, offered=(), replies=()), offer="", answered_by=None, follows="", **fields)


NEEDED = ("O was moved by aO without a yes of the party",)
HOLD = {
    "any": PARTY,
    "its reason": Consent(by="party", after=("retimed", "cancelled")),
    "its tier": Consent(by="party", tiers=("gold",)),
    "its service": Consent(by="party", ssrs=("WCHR", "BLND")),
    "its delay": Consent(by="party", delay=hours(5)),
    "all of them": Consent(by="party", after=("cancelled",), tiers=("gold",), delay=hours(5)),
}
DO_NOT = {
    "another reason": Consent(by="party", after=("retimed",)),
    "another tier": Consent(by="party", tiers=("platinum",)),
    "another service": Consent(by="party", ssrs=("UMNR",)),
    "no mark": Consent(by="party", marks=("night", "country")),
    "less delay": Consent(by="party", delay=hours(9)),
    "one of them": Consent(by="party", after=("cancelled",), tiers=("platinum",)),
    "no one": Consent(by=None),
}


def served(streams: Streams) -> Streams:
    """O has a wheelchair."""
    booking = streams.bookings["O"]
    party = replace(booking.party, ssrs=("WCHR",))
    return but(streams, bookings={**streams.bookings, "O": altered(booking, party=party)})


@pytest.mark.parametrize("consent", HOLD.values(), ids=HOLD)
def test_a_move_that_needed_a_yes_is_found(consent: Consent) -> None:
    assert NEEDED[0] in found(served(moved(consent)))


@pytest.mark.parametrize("consent", DO_NOT.values(), ids=DO_NOT)
def test_a_move_that_needed_none_is_no_fault(consent: Consent) -> None:
    assert not [fault for fault in found(served(moved(consent))) if fault.startswith("O ")]


def test_a_mark_of_the_trip_asks() -> None:
    """It may be any of those that the rules name."""
    marked = moved(Consent(by="party", marks=("night", "country")), marks=("night",))
    assert NEEDED[0] in found(marked)


def test_the_first_entry_that_holds_decides() -> None:
    """Whatever a later one says."""
    none_first = (Consent(by=None, tiers=("gold",)), PARTY)
    assert "O " not in "".join(found(moved(*none_first)))
    assert "O was moved by aO without a yes of the desk" in found(moved(Consent(by="desk", tiers=("gold",)), PARTY))


def test_a_seller_may_ask_otherwise() -> None:
    """By a list of its own, which may be empty."""
    streams = moved(PARTY)
    outright = {"B6": CarrierRules(consent=())}
    assert found(by(streams, Rules(consent=(PARTY,), carriers=outright), decided=1)) == ()
    asking = {"B6": CarrierRules(consent=(PARTY,))}
    assert NEEDED[0] in found(by(streams, Rules(carriers=asking), decided=1))


def test_a_delay_near_its_limit_may_have_been_read_either_way() -> None:
    """By the plan's time or by that of the booking."""
    assert "O " not in "".join(found(moved(Consent(by="party", delay=hours(7) + 20 * MINUTE))))


def test_who_had_no_time_to_be_asked_is_marked() -> None:
    """And who had time is not."""
    soon = moved(Consent(by="party", within=timedelta(minutes=10)), marks=("unasked",))
    assert "O " not in "".join(found(soon))
    there_was = "O was moved by aO for lack of time to ask the party, and there was time"
    assert there_was in found(moved(PARTY, marks=("unasked",), before=()))
    nothing = "O is marked as unasked by aO, and no one had to be asked"
    assert nothing in found(moved(marks=("unasked",)))


def test_an_answer_is_not_marked_as_unasked() -> None:
    streams = with_fact(taken(world()), marks=("unasked",))
    assert found(streams) == ("O is marked as unasked by aO, an answer",)


ASKED = {
    "no one": (world(consent=()), "asks the party; the rules ask no one"),
    "another tier": (world(consent=[Consent(by="party", tiers=("silver",))]), "asks the party; the rules ask no one"),
    "someone else": (world(consent=[Consent(by="desk", tiers=("gold",))]), "asks the party; the rules ask the desk"),
    "another default": (
        with_offer(world(), default="leave"),
        "is to leave its trip without an answer, and not by the rules",
    ),
    "too long": (with_offer(world(), until=NOW + hours(3)), "could be answered for longer than the rules allow"),
    "too short": (
        with_offer(world(), until=NOW + hours(1), before=(), after=()),
        "could be answered for less time than there was",
    ),
}


@pytest.mark.parametrize(("streams", "why"), ASKED.values(), ids=ASKED)
def test_a_question_that_the_rules_do_not_ask_is_found(streams: Streams, why: str) -> None:
    assert f"O has pO, which {why}" in found(streams)


def test_a_mark_of_the_trip_on_offer_is_derived_from_its_flights() -> None:
    """B6.4 leads through no other country."""
    asks = [Consent(by="party", marks=("country",))]
    assert found(world(consent=asks)) == ("O has pO, which asks the party; the rules ask no one",)


def test_a_party_that_has_changed_since_may_have_been_another() -> None:
    """Whether its tier asked for a yes is not known any more."""
    streams = moved(Consent(by="party", tiers=("gold",)))
    after = PartySummary(passengers=2, seats=2, language="en")
    change = BookingAmended(pnr="O", id="v1", version=1, before=after, after=after, changed=("tier",), decided_at=NOW)
    assert NEEDED[0] in found(streams)
    assert found(but(streams, amended=[(20, change)])) == ()


def test_seats_that_a_party_waits_with_are_given_up_in_time_for_others() -> None:
    """So who holds some has to answer before that."""
    streams = with_offer(world(), until=NOW + hours(1), before=(), after=(), follows="wO")
    assert any("less time than there was" in fault for fault in found(streams))
    held = (leg(streams.seats[FINE]),)
    fact = BookingStranded(
        pnr="O", id="wO", reason="cancelled", before=held, held=held, origin="JFK", destination="SFO",
        language="en", contact="", decided_at=NOW,
    )  # fmt: skip
    closes = replace(held[0], departs=NOW + hours(1.5))
    assert not any(
        "less time than there was" in fault
        for fault in found(but(streams, facts=[(13, replace(fact, held=(closes,)))]))
    )


def test_a_flight_that_was_brought_forward_leaves_less_time_to_ask() -> None:
    """The fact has the times that the party knew before."""
    streams = moved(PARTY, marks=("unasked",), before=())
    fault = "O was moved by aO for lack of time to ask the party, and there was time"
    assert fault in found(streams)
    fine = leg(streams.seats[FINE])
    sooner = replace(fine, departs=NOW + hours(0.75), answered=1)
    (changed,) = (fact for _, fact in streams.facts if fact.id == "aO")
    assert isinstance(changed, BookingChanged)
    assert fault in found(with_fact(streams, before=(fine,)))
    assert fault not in found(with_fact(streams, before=(fine,), after=(sooner, *changed.after)))
