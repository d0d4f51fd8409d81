"""Imported bookings."""

from datetime import UTC, date, datetime

import pytest
from msgspec import structs

from agents.booker.domain import by_commit, canonical_booking, import_bookings
from contracts.ledger import Booking, Holding, Party, SeatLedger
from contracts.money import whole_fare
from contracts.records import Record
from tests.agents.booker.booker_world import DEPARTS, ONE, TWO, booking, flight, hours, key, party, seated
from tests.single_journey import altered

OPEN = flight(last_fact=3, last_disruption=2, departs=DEPARTS + hours(1))
CONNECTION = flight(key(4, "SFO"), destination="LAX", departs=DEPARTS + hours(5.3), arrives=DEPARTS + hours(6))


def test_a_sound_booking_gets_its_seats() -> None:
    """It starts as ticketed at the ledger's times, answered for all earlier disruptions."""
    came = booking("A", [flight()], seats=2, state="kept", last_fact="elsewhere")
    result = import_bookings([came], existing={}, flights={ONE: OPEN})
    assert result.seats[ONE].holders == {"A": Holding("economy", 2)}
    taken = result.bookings["A"]
    assert (
        taken.journeys[0].state,
        taken.journeys[0].last_fact,
        taken.journeys[0].legs[0].answered,
        taken.journeys[0].legs[0].departs,
    ) == ("ticketed", "", 2, OPEN.departs)
    assert result.refused == {}


def test_what_irops_has_done_elsewhere_is_not_taken_over() -> None:
    """A booking that comes in has not been moved back here, nor is it on its way to a gate by a letter of ours."""
    sold = booking("A", [flight()])
    leg = structs.replace(sold.journeys[0].legs[0], there_from=DEPARTS)
    taken = import_bookings([altered(sold, legs=(leg,), moved_back=True)], existing={}, flights={ONE: OPEN}).bookings
    assert (taken["A"].journeys[0].moved_back, taken["A"].journeys[0].legs[0].there_from) == (False, None)


def test_bookings_share_the_seats_in_order() -> None:
    """A party that comes after the last seat is refused with flight, cabin, wanted and free seats."""
    came = [booking("A", [flight()], seats=8), booking("B", [flight()], seats=3), booking("C", [flight()], seats=2)]
    result = import_bookings(came, existing={}, flights={ONE: OPEN})
    assert set(result.bookings) == {"A", "C"}
    assert result.refused == {"B": f"no seats on {ONE} in economy: 3 wanted, 2 free"}


def test_a_repeated_booking_is_taken_once() -> None:
    """The second one counts as present."""
    result = import_bookings([booking("A", [flight()])] * 2, existing={}, flights={ONE: OPEN})
    assert (set(result.bookings), result.present, result.refused) == ({"A"}, {"A"}, {})
    assert result.seats[ONE].holders == {"A": Holding("economy", 1)}


def test_a_repeated_pnr_with_another_booking_is_refused() -> None:
    """The first keeps its seats."""
    came = [booking("A", [flight()]), booking("A", [flight()], seats=2)]
    result = import_bookings(came, existing={}, flights={ONE: OPEN})
    assert result.refused == {"A": "exists already and is another"}
    assert result.seats[ONE].holders == {"A": Holding("economy", 1)}


SOLD = booking("A", [flight()])
OTHER = flight(key(5), departs=DEPARTS + hours(2))


@pytest.mark.parametrize(
    ("known", "is_there"),
    [
        pytest.param(SOLD, True, id="as-it-came"),
        pytest.param(
            altered(booking("A", [OPEN], state="kept"), ticket=SOLD.journeys[0].ticket),
            True,
            id="kept-at-other-times",
        ),
        pytest.param(
            altered(booking("A", [OTHER], state="rebooked"), ticket=SOLD.journeys[0].ticket),
            True,
            id="moved-since",
        ),
        pytest.param(altered(SOLD, legs=(), state="stranded"), True, id="stranded-since"),
        pytest.param(altered(booking("A", [OTHER]), ticket=SOLD.journeys[0].ticket), False, id="on-another-flight"),
        pytest.param(booking("A", [flight()], cabin="first"), False, id="in-another-cabin"),
        pytest.param(booking("A", [flight()], seats=2), False, id="another-party"),
        pytest.param(booking("A", [OTHER], state="rebooked"), False, id="another-ticket"),
    ],
)
def test_a_booking_that_the_ledger_has_is_present_if_it_is_the_same(known: Booking, is_there: bool) -> None:
    """Even if the booker has moved it since. Another booking with its PNR is refused. No seats change."""
    result = import_bookings([SOLD], existing={"A": known}, flights={ONE: OPEN})
    assert (result.present == {"A"}, "A" in result.refused) == (is_there, not is_there)
    assert (result.bookings, result.seats) == ({}, {})


def test_a_booking_on_other_flights_than_its_ticket_is_not_the_same_as_one_moved_here() -> None:
    """Another system has moved the party, and this ledger has it elsewhere."""
    known = altered(SOLD, legs=(), state="stranded")
    moved = altered(booking("A", [OTHER]), ticket=SOLD.journeys[0].ticket)
    result = import_bookings([moved], existing={"A": known}, flights={ONE: OPEN, OTHER.flight: OTHER})
    assert "A" in result.refused


def test_no_commit_writes_more_than_it_may() -> None:
    """A booking and each of its flights are one message each, a shared flight only once. All are kept, in order."""
    shared = flight()
    came = [booking(f"P{i}", [shared, flight(key(100 + i)), flight(key(200 + i))]) for i in range(10)]
    shares = list(by_commit(came, at_once=10))
    assert [len(share) for share in shares] == [3, 3, 3, 1]
    assert [one for share in shares for one in share] == came


A = booking("A", [flight()])
NEVER = datetime(9999, 12, 31, 12, tzinfo=UTC)


def ticketed(**changes: datetime) -> Booking:
    """`A` with a ticket for other times."""
    return altered(A, ticket=structs.replace(A.journeys[0].ticket, **changes))


@pytest.mark.parametrize(
    ("came", "why"),
    [
        pytest.param(booking("X", [flight()]), "exists already and is another", id="exists"),
        pytest.param(booking("A", [flight(key(9))]), f"unknown flight {key(9)}", id="unknown-flight"),
        pytest.param(booking("A", [flight(TWO)]), f"flight {TWO} cannot be sold: it is cancelled", id="closed-flight"),
        pytest.param(
            booking("A", [flight()], cabin="first"), f"no seats on {ONE} in first: 1 wanted, 0 free", id="no-such-cabin"
        ),
        pytest.param(altered(A, legs=()), "has no legs", id="no-legs"),
        pytest.param(
            booking("A", [flight()], party=party(0)),
            "a party needs at least one passenger and one seat: it has 0 and 0",
            id="empty-party",
        ),
        pytest.param(
            booking("A", [flight()], party=party(1, passengers=500)),
            "500 passengers cannot share 1 seat: only infants on a lap (INFT), one for each seat, need none",
            id="too-few-seats",
        ),
        pytest.param(
            booking("A", [flight()], party=party(2, passengers=5, ssrs=("INFT",))),
            "5 passengers cannot share 2 seats: only infants on a lap (INFT), one for each seat, need none",
            id="more-infants-than-laps",
        ),
        pytest.param(
            booking("A", [flight()], party=party(9, passengers=1)),
            "1 passenger cannot need 9 seats without EXST (an extra seat) or STCR (a stretcher)",
            id="too-many-seats",
        ),
        pytest.param(
            booking("A", [flight()], party=party(1, fare=-5)),
            "an amount in USD is 0 or more, and less than 1000000000000",
            id="negative-fare",
        ),
        pytest.param(
            booking("A", [flight()], party=party(1, paid=(structs.replace(whole_fare(5)[0], journey=2),))),
            "its paid item 1 is for journey 2, which it does not have",
            id="paid-for-no-journey",
        ),
        pytest.param(
            booking("A", [flight()], party=party(1, paid=(structs.replace(whole_fare(5)[0], passenger="3"),))),
            "its paid item 1 is for a passenger whom it does not have",
            id="paid-for-no-passenger",
        ),
        pytest.param(
            booking("A", [flight()], party=party(1, contact="Ana <ana@example.org>")),
            "the contact has a name beside the address: wanted one e-mail address such as ana@example.org",
            id="contact-with-a-name",
        ),
        pytest.param(
            booking("A", [flight(destination="BOS")]), f"{ONE} flies to SFO, not to BOS", id="other-destination"
        ),
        pytest.param(
            altered(A, ticket=structs.replace(A.journeys[0].ticket, destination="BOS")),
            "its legs end in SFO, its ticket in BOS",
            id="ends-elsewhere",
        ),
        pytest.param(
            altered(A, ticket=structs.replace(A.journeys[0].ticket, origin="BOS")),
            f"legs out of order: {ONE} leaves from JFK, the party is in BOS",
            id="begins-elsewhere",
        ),
        pytest.param(
            booking("A", [flight(), CONNECTION]),
            f"legs out of order: {CONNECTION.flight} leaves before the flight before it arrives",
            id="backwards",
        ),
        pytest.param(
            ticketed(departs=NEVER, arrives=NEVER + hours(5)),
            f"its ticket departs 9999-12-31T12:00:00+00:00, its first flight "
            f"{(DEPARTS + hours(1)).isoformat()}: more than 14 days apart",
            id="ticket-for-the-year-9999",
        ),
        pytest.param(
            ticketed(arrives=NEVER),
            f"its ticket departs {DEPARTS.isoformat()} and arrives 9999-12-31T12:00:00+00:00",
            id="ticket-that-never-arrives",
        ),
        pytest.param(
            ticketed(arrives=DEPARTS),
            f"its ticket departs {DEPARTS.isoformat()} and arrives {DEPARTS.isoformat()}",
            id="ticket-that-takes-no-time",
        ),
    ],
)
def test_an_unsound_booking_is_refused_with_its_reason(came: Booking, why: str) -> None:
    """It gets no seats."""
    late = flight(departs=DEPARTS + hours(1), arrives=DEPARTS + hours(6))
    flights = seated([late, flight(TWO, phase="cancelled"), CONNECTION], [])
    result = import_bookings([came], existing={"X": booking("X", [flight()], seats=3)}, flights=flights)
    assert (result.refused, result.bookings, result.seats) == ({came.pnr: why}, {}, {})


@pytest.mark.parametrize(
    ("first", "why"),
    [
        pytest.param(
            flight(phase="rerouted", diverted_to="LAX"),
            f"flight {ONE} cannot be sold: it lands in LAX, not in SFO",
            id="it is to land elsewhere",
        ),
        pytest.param(
            flight(phase="landed", diverted_to="LAX"),
            f"flight {ONE} cannot be sold: it lands in LAX, not in SFO",
            id="it has landed elsewhere",
        ),
        pytest.param(
            flight(known_arrival=DEPARTS + hours(5.2)),
            f"{CONNECTION.flight} leaves too soon after {ONE}, by the times that are known",
            id="its connection is lost",
        ),
    ],
)
def test_a_trip_that_is_known_to_be_lost_is_not_imported(first: SeatLedger, why: str) -> None:
    """Nothing would have it planned: what was announced of its flights is answered for."""
    came = booking("A", [flight(), CONNECTION])
    result = import_bookings([came], existing={}, flights=seated([first, CONNECTION], []))
    assert result.refused == {"A": why}


def test_a_short_connection_that_was_sold_is_taken() -> None:
    """Eighteen minutes is less than we would sell, but it has been sold."""
    came = booking("A", [flight(), CONNECTION])
    result = import_bookings([came], existing={}, flights=seated([flight(), CONNECTION], []))
    assert set(result.seats) == {ONE, CONNECTION.flight}


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(party(2, passengers=4, ssrs=("INFT",)), id="two-infants-on-laps"),
        pytest.param(party(2, passengers=1, ssrs=("EXST",)), id="an-extra-seat"),
        pytest.param(party(6, passengers=1, ssrs=("STCR",)), id="a-stretcher"),
        pytest.param(party(1, contact="ana@example.org"), id="an-address"),
        pytest.param(party(1, contact=""), id="no-contact"),
    ],
)
def test_an_unusual_party_is_taken(of: Party) -> None:
    """Its numbers can be explained, or it simply cannot be written to."""
    result = import_bookings([booking("A", [flight()], party=of)], existing={}, flights={ONE: OPEN})
    assert list(result.bookings) == ["A"]


@pytest.mark.parametrize(
    ("seats", "refused"),
    [
        pytest.param(2, None, id="within-what-is-authorised"),
        pytest.param(3, f"no seats on {ONE} in economy: 3 wanted, 2 free of 12 authorised", id="above-it"),
    ],
)
def test_a_flight_may_be_imported_as_sold_above_its_capacity(seats: int, refused: str | None) -> None:
    """Up to the seats that are authorised for sale."""
    full = flight(holders={"A": Holding("economy", 10)}, authorised={"economy": 12})
    late = booking("B", [full], seats=seats)
    result = import_bookings([late], existing={}, flights={ONE: full})
    assert result.refused.get("B") == refused


RECORD = Record(carrier="DAL", locator="QX7K2M", created_on=date(2013, 1, 17))
RECORDED = structs.replace(booking("DL-QX7K2M-20130117", [flight()]), record=RECORD)


def test_a_booking_has_the_key_of_its_record() -> None:
    """Whichever designator its carrier is named by. Under another key it is refused."""
    came = canonical_booking(RECORDED)
    assert came.record == structs.replace(RECORD, carrier="DL")
    assert list(import_bookings([came], existing={}, flights={ONE: OPEN}).bookings) == ["DL-QX7K2M-20130117"]
    other = structs.replace(came, pnr="QX7K2M")
    refused = import_bookings([other], existing={}, flights={ONE: OPEN}).refused
    assert refused == {"QX7K2M": "has a record whose booking is DL-QX7K2M-20130117"}


@pytest.mark.parametrize("contact", [" F1@example.org\t", "F1@example.org"])
def test_a_contact_is_kept_as_letters_are_addressed_to_it(contact: str) -> None:
    """Whatever blanks it came with; and the same booking may come again with them."""
    came = canonical_booking(booking("A", [flight()], party=party(1, contact=contact)))
    taken = import_bookings([came], existing={}, flights={ONE: OPEN}).bookings["A"]
    assert taken.party.contact == "F1@example.org"
    again = import_bookings([came], existing={"A": taken}, flights={ONE: OPEN})
    assert (again.present, again.refused) == ({"A"}, {})


def test_one_locator_of_two_days_is_two_bookings() -> None:
    """Locators recycle."""
    day = date(2014, 2, 1)
    later = structs.replace(RECORDED, pnr="DL-QX7K2M-20140201", record=structs.replace(RECORD, created_on=day))
    result = import_bookings([RECORDED, later], existing={}, flights={ONE: OPEN})
    assert (set(result.bookings), result.refused) == ({RECORDED.pnr, later.pnr}, {})
    assert {each.reference for each in result.bookings.values()} == {"QX7K2M"}
    assert set(result.seats[ONE].holders) == {RECORDED.pnr, later.pnr}


def test_a_train_is_a_leg_like_a_flight() -> None:
    """It has its seats, and the journey goes on with it; it may leave from another place only within a city."""
    flown = flight(ONE, destination="BWI")
    train = flight(
        key(9, "BWI"),
        destination="ZWU",
        mode="rail",
        departs=flown.arrives + hours(1),
        arrives=flown.arrives + hours(2),
    )
    elsewhere = structs.replace(train, flight=key(9, "ZWU"), destination="NWK")
    flights = {each.flight: each for each in (flown, train, elsewhere)}
    came = [booking("A", [flown, train]), booking("B", [flown, elsewhere])]
    result = import_bookings(came, existing={}, flights=flights)
    assert set(result.bookings) == {"A"}
    assert result.refused == {"B": f"legs out of order: {elsewhere.flight} leaves from ZWU, the party is in BWI"}


def test_a_first_leg_is_married_to_no_other() -> None:
    """A marriage is with the leg before."""
    came = booking("A", [flight()])
    came = altered(came, legs=(structs.replace(came.all_legs[0], married=True),))
    result = import_bookings([came], existing={}, flights={ONE: flight()})
    assert result.refused == {"A": f"{ONE} is married to the leg before it, and there is none"}


def test_a_journey_keeps_the_longest_stay_that_was_sold() -> None:
    """By the ledger's times: the party may be given as long a one."""
    first = flight(destination="DEN", arrives=DEPARTS + hours(2))
    second = flight(key(2, "DEN"), departs=DEPARTS + hours(10), arrives=DEPARTS + hours(12))
    flights = {each.flight: each for each in (first, second)}
    result = import_bookings([booking("A", [first, second]), booking("B", [second])], existing={}, flights=flights)
    stays = {pnr: taken.journeys[0].longest_stay for pnr, taken in result.bookings.items()}
    assert stays == {"A": hours(8), "B": hours(0)}
