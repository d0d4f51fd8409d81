"""The people of imported bookings: who may travel together, and what they need."""

from typing import Any

import pytest
from msgspec import structs

from agents.booker.domain import canonical_booking, import_bookings, operated_booking
from agents.booker.domain.people import without_confirmations
from contracts.ledger import Booking, Party
from contracts.passengers import Passenger, Service
from tests.agents.booker.booker_world import ONE, TWO, booking, flight, party

ADULT = Passenger(id="A", name="Ana Lee", kind="adult")
CHILD = Passenger(id="C", age=7)
BABY = Passenger(id="B", age=1)
MINOR = Passenger(id="M", age=9, services=(Service(ssr="UMNR"),))


def of(*people: Passenger, seats: int | None = None, **fields: Any) -> Booking:
    """These people on one flight, each with a seat unless there are fewer."""
    who = party(seats or len(people), passengers=len(people))
    return structs.replace(booking("A", [flight()], party=structs.replace(who, **fields)), passengers=people)


def taken(came: Booking) -> Party:
    """The party as the ledger has it."""
    result = import_bookings([came], existing={}, flights={ONE: flight()})
    assert result.refused == {}
    return result.bookings["A"].party


@pytest.mark.parametrize(
    ("came", "why"),
    [
        pytest.param(
            of(ADULT, passengers=2, seats=2), "has 1 passengers in its list, and its party has 2", id="one-is-missing"
        ),
        pytest.param(of(ADULT, ADULT), "its passengers 1 and 2 have one id", id="two-with-one-id"),
        pytest.param(of(CHILD, BABY), "has an infant and no adult", id="an-infant-with-a-child"),
        pytest.param(
            of(ADULT, BABY, structs.replace(BABY, id="D"), seats=1),
            "3 passengers cannot share 1 seat: only infants on a lap (INFT), one for each seat, need none",
            id="two-infants-on-one-lap",
        ),
        pytest.param(
            of(ADULT, CHILD, BABY, structs.replace(BABY, id="D"), seats=2),
            "has 2 infants on a lap and 1 adults",
            id="an-infant-on-the-lap-of-a-child",
        ),
        pytest.param(
            of(ADULT, CHILD, seats=1, ssrs=("INFT",)),
            "1 of its passengers have no seat, and 0 are infants",
            id="a-child-on-a-lap",
        ),
        pytest.param(of(ADULT, MINOR), "has an unaccompanied minor (UMNR) beside an adult", id="umnr-beside-an-adult"),
        pytest.param(
            of(structs.replace(ADULT, services=(Service(ssr="UMNR"),))),
            "passenger 1 is no child, and travels as an unaccompanied minor (UMNR)",
            id="umnr-of-an-adult",
        ),
        pytest.param(
            of(structs.replace(ADULT, age=8)),
            "passenger 1 is 8 years old and an adult",
            id="an-adult-of-eight",
        ),
        pytest.param(
            of(Passenger(id="C", kind="infant", age=3)),
            "passenger 1 is 3 years old and an infant",
            id="an-infant-of-three",
        ),
        pytest.param(
            of(Passenger(id="C", kind="child", age=30)),
            "passenger 1 is 30 years old and a child",
            id="a-child-of-thirty",
        ),
        pytest.param(
            of(structs.replace(ADULT, services=(Service(ssr="WCHR"), Service(ssr="WCHR", status="refused")))),
            "passenger 1 has WCHR twice",
            id="one-service-twice",
        ),
        pytest.param(
            of(structs.replace(ADULT, services=(Service(ssr="WCHR", status="refused"),)), ssrs=("WCHR",)),
            "WCHR is refused for its passengers, and is among the party's SSRs",
            id="refused-and-granted",
        ),
        pytest.param(
            of(structs.replace(ADULT, coupons={TWO: "flown"})),
            f"passenger 1 has a coupon of {TWO}, which is none of the booking's flights",
            id="a-coupon-of-another-flight",
        ),
    ],
)
def test_people_who_are_not_the_party_are_refused_in_one_line(came: Booking, why: str) -> None:
    """It gets no seats, and the line has no name and no id."""
    result = import_bookings([came], existing={}, flights={ONE: flight()})
    assert (result.refused, result.bookings, result.seats) == ({"A": why}, {}, {})


@pytest.mark.parametrize(
    ("came", "needs"),
    [
        pytest.param(of(ADULT), (), id="an-adult"),
        pytest.param(of(Passenger(id="1")), (), id="of-whom-nothing-is-known"),
        pytest.param(of(ADULT, CHILD), ("CHLD",), id="with-a-child"),
        pytest.param(of(ADULT, BABY, seats=1), ("INFT",), id="with-an-infant-on-the-lap"),
        pytest.param(of(ADULT, BABY), ("INFT",), id="with-an-infant-in-a-seat"),
        pytest.param(of(Passenger(id="1"), BABY, seats=1), ("INFT",), id="an-infant-with-one-who-may-be-an-adult"),
        pytest.param(of(Passenger(id="1", age=16), BABY, seats=1), ("INFT",), id="an-infant-and-its-young-mother"),
        pytest.param(of(MINOR), ("CHLD", "UMNR"), id="a-minor-alone"),
        pytest.param(of(Passenger(id="1", age=15, services=(Service(ssr="UMNR"),))), ("UMNR",), id="a-youth-alone"),
        pytest.param(
            of(ADULT, structs.replace(CHILD, services=(Service(ssr="WCHR", status="confirmed"),)), ssrs=("LANG",)),
            ("LANG", "CHLD", "WCHR"),
            id="beside-what-the-party-needs",
        ),
        pytest.param(
            of(structs.replace(ADULT, services=(Service(ssr="PETC", status="refused"),))), (), id="a-refused-service"
        ),
        pytest.param(
            of(structs.replace(ADULT, services=(Service(ssr="XYZW"),))), ("XYZW",), id="a-service-that-no-rule-knows"
        ),
    ],
)
def test_what_people_need_becomes_the_party_s(came: Booking, needs: tuple[str, ...]) -> None:
    """Every rule looks at the party."""
    assert taken(came).ssrs == needs


def test_the_same_people_come_again() -> None:
    """Whatever became of their coupons. Other people under the same PNR are refused."""
    came = of(ADULT, CHILD)
    known = import_bookings([came], existing={}, flights={ONE: flight()}).bookings["A"]
    boarded = tuple(structs.replace(each, coupons={ONE: "boarded"}) for each in known.passengers)
    known = structs.replace(known, passengers=boarded)
    again = import_bookings([came], existing={"A": known}, flights={ONE: flight()})
    assert (again.present, again.refused) == ({"A"}, {})
    others = import_bookings([of(ADULT, BABY)], existing={"A": known}, flights={ONE: flight()})
    assert others.refused == {"A": "exists already and is another"}


def test_the_same_people_come_again_when_irops_has_moved_them() -> None:
    """Their service was confirmed for the flights before; here it is requested for the others."""
    came = of(structs.replace(ADULT, services=(Service(ssr="WCHR", status="confirmed"),)))
    known = import_bookings([came], existing={}, flights={ONE: flight()}).bookings["A"]
    known = structs.replace(known, passengers=without_confirmations(known.passengers))
    again = import_bookings([came], existing={"A": known}, flights={ONE: flight()})
    assert (again.present, again.refused) == ({"A"}, {})


def test_a_coupon_is_of_the_flight_that_is_flown() -> None:
    """However the reservation system spells its number, and under whichever number it was sold."""
    came = of(structs.replace(ADULT, coupons={"JBU.001.JFK.2013-02-08": "checked_in"}))
    (person,) = canonical_booking(came).passengers
    assert person.coupons == {ONE: "checked_in"}
    (person,) = operated_booking(canonical_booking(came), {ONE: TWO}).passengers
    assert person.coupons == {TWO: "checked_in"}


def test_children_with_no_older_person_on_their_booking_travel_alone() -> None:
    """An update may have taken their adult from it. One of twelve may go alone, and so may a child whose service is refused."""
    refused = Passenger(id="R", age=9, services=(Service(ssr="UMNR", status="refused"),))
    for people, alone in (((CHILD,), True), ((CHILD, Passenger(id="T", age=12)), False), ((refused,), False)):
        assert ("UMNR" in taken(of(*people)).ssrs) is alone
