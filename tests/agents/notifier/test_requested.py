"""Letters about requests: each answer has one, with what was asked, how the booking is now, and the money."""

from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec import structs

from agents.notifier.adapters import email
from agents.notifier.domain import LANGUAGES, Answer, Known, LetterLanguage, Writer, done_letter, refused_letter
from agents.notifier.domain.requested import RequestLetter
from bus import Bus, Commit, Delivery, Fact, Write
from contracts.flights import Flight
from contracts.ledger import BOOKING, SEAT_LEDGER, Booking, Complaint, Journey, Party, SeatLedger, Ticket
from contracts.money import Money
from contracts.notices import NOTICE_POINTLESS, NOTICE_SENT, NoticeResent, NoticeSent, ResendNotice
from contracts.requests import (
    QUOTE,
    REQUEST_DONE,
    REQUEST_REFUSED,
    Act,
    Movement,
    Part,
    Price,
    Quote,
    QuoteWanted,
    Refusal,
    RequestDone,
    RequestRefused,
    RuleCited,
    Wanted,
)
from contracts.reservations import AmendedJourney
from contracts.subject import Addressed
from policy.fares.vocabulary import ACTS
from tests.agents.notifier.notifier_world import HASTY, Booker, Letters, notifier_of
from tests.agents.notifier.samples import DECIDED, FIRST, KNOWN, ONWARD, SAME_AIRPORT, TICKET, at

PNR = "K7QX2M"
GOLDEN = Path(__file__).parent / "golden"
SENDER = "Travel notices <notices@irops.example>"
RULE = RuleCited(file="small_air.toml", line=57, id="cancelled", words="Half of the fare is given back.")
BACK_TICKET = Ticket(
    origin="EWR", destination="BOS", departs=FIRST.departs, arrives=ONWARD.arrives, flights=(FIRST.flight, ONWARD.flight)
)  # fmt: skip


def dollars(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


HALF = Price(
    gives_up=dollars("100.00"),
    back=(Part(what="half of the fare", money=dollars("50.00"), into=("original",)),),
    forfeited=dollars("50.00"),
    movements=(
        Movement(instrument="card-1", what="refunded", money=dollars("50.00")),
        Movement(instrument="card-1", what="forfeited", money=dollars("50.00")),
        Movement(instrument="card-1", what="kept", money=dollars("200.00")),
    ),
)
FEE = Price(
    charges=(Part(what="change fee", money=dollars("15.00")), Part(what="difference", money=dollars("20.00"))),
    movements=(Movement(instrument="card-2", what="charged", money=dollars("15.00")),),
    due=dollars("20.00"),
)
DONE = RequestDone(
    pnr=PNR, id="request", quote="quote", acts=("same_day_change",), cites=(RULE,), price=FEE, policy="p", quote_revision=1,
    journeys=(AmendedJourney(number=1, before=(KNOWN,), after=(SAME_AIRPORT,)),), quoted_until=at("2013-02-08T14:00"),
    passengers=1, contact="ana@example.com", decided_at=DECIDED,
)  # fmt: skip
WITHDRAWN = structs.replace(
    DONE, acts=("cancel",), price=HALF, journeys=(AmendedJourney(number=1, before=(KNOWN,)),)
)  # fmt: skip
REFUSED = RequestRefused(
    pnr=PNR, id="request", quote="quote", refusal="changed", detail="paid was 1, and is 2", offers="again",
    contact="ana@example.com", decided_at=DECIDED,
)  # fmt: skip
PACKED = structs.replace(
    DONE, acts=("add_bags",), wanted=Wanted(bags=3), journeys=(),
    cites=(structs.replace(RULE, id="bags", words="A bag is 30 dollars."),), price=Price(
        charges=(Part(what="bags", money=dollars("30.00")),),
        movements=(Movement(instrument="card-2", what="charged", money=dollars("30.00")),),
    ),
)  # fmt: skip
PARTY = Party(passengers=1, seats=1, cabin="economy", contact="ana@example.com")
CHANGED = Journey(ticket=TICKET, legs=(SAME_AIRPORT,), last_fact="request")
OTHER = Journey(number=2, ticket=BACK_TICKET, legs=(FIRST, ONWARD))
BOOKED = Booking(pnr=PNR, party=PARTY, journeys=(CHANGED, OTHER))
CANCELLED = Booking(pnr=PNR, party=structs.replace(PARTY, contact=""), journeys=())
KNOWN_NOW = Known(now=DECIDED)
NEW = Flight(
    flight=SAME_AIRPORT.flight, destination="BOS", phase="scheduled", last_change=1, seats={"economy": 9},
    scheduled_departure=SAME_AIRPORT.departs, scheduled_arrival=SAME_AIRPORT.arrives, departs=SAME_AIRPORT.departs,
    arrives=SAME_AIRPORT.arrives, announced_departure=SAME_AIRPORT.departs, announced_arrival=SAME_AIRPORT.arrives,
    observed_at=DECIDED,
)  # fmt: skip


def quote(id_: str, price: Price = HALF) -> Quote:
    asked = QuoteWanted(pnr=PNR, id=id_, wanted=Wanted(cancel=(1,)))
    return Quote(
        pnr=PNR, id=id_, asked=asked, acts=("cancel",), outcome="allowed", cites=(RULE,), price=price, booking_revision=1,
        quoted_at=DECIDED, until=at("2013-02-08T14:00"),
    )  # fmt: skip


LETTERS: dict[str, RequestLetter] = {
    "request-changed": done_letter(DONE, BOOKED, KNOWN_NOW, {SAME_AIRPORT.flight: ("12A",)}),
    "request-cancelled": done_letter(WITHDRAWN, CANCELLED, KNOWN_NOW, {}),
    "request-bags": done_letter(PACKED, BOOKED, KNOWN_NOW, {}),
    "request-refused": refused_letter(REFUSED, BOOKED, quote("quote"), quote("again")),
}


class Desk(Booker):
    """A booker that answers requests."""

    async def answer(
        self, bus: Bus, answer: Answer, booking: Booking, *quotes: Quote, seats: SeatLedger | None = None
    ) -> Delivery[Answer]:
        addressed = REQUEST_DONE.of(answer) if isinstance(answer, RequestDone) else REQUEST_REFUSED.of(answer)
        states: list[Addressed[Any]] = [BOOKING.of(booking), *map(QUOTE.of, quotes)]
        states += [SEAT_LEDGER.of(seats)] if seats else []
        done = await bus.commit(Commit([Fact(addressed)], [Write(state, 0) for state in states]))
        return Delivery(
            message=answer, subject=addressed.name, stream="LEDGER", sequence=done[addressed.name],
            settled=max(done.values()), id=addressed.name, trace="", stored_at=DECIDED,
        )  # fmt: skip


async def record(bus: Bus) -> NoticeSent | None:
    entry = (await bus.load([key := NOTICE_SENT.key(pnr=PNR, id="request")]))[key]
    return entry.message if entry else None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", LETTERS)
def test_complete_letters_read_as_agreed(writer: Writer, language: LetterLanguage, name: str) -> None:
    """Of other flights, of a booking that is given up, of bags, and of a refusal with a new price."""
    party = structs.replace(PARTY, language=language)
    letter = writer.write_request(LETTERS[name], id_="request", party=party, decided_at=DECIDED)
    golden = GOLDEN / f"{name}-{language}.eml"
    assert email(letter, sender=SENDER).decode() == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("act", "wanted", "words"),
    [
        ("remove_bags", Wanted(bags=0), "* to check fewer bags: 0 in all for your party"),
        ("add_insurance", Wanted(insurance=True), "* to insure your trip"),
        ("change_names", Wanted(names=(1, 3)), "* to correct or change a name: passenger 1, 3"),
        (
            "compensate",
            Wanted(compensate=Complaint(journey=1, kind="delayed_flight")),
            "* to be compensated: for a flight that is delayed",
        ),
        ("compensate", Wanted(compensate=Complaint(journey=1, kind="other")), "* to be compensated"),
    ],
    ids=["bags", "insurance", "names", "a delay", "anything else"],
)
def test_a_letter_says_what_an_act_does_not(writer: Writer, act: Act, wanted: Wanted, words: str) -> None:
    """How many bags, for which passenger, for what. It names no one."""
    letter = done_letter(structs.replace(PACKED, acts=(act,), wanted=wanted), BOOKED, KNOWN_NOW, {})
    written = writer.write_request(letter, id_="request", party=PARTY, decided_at=DECIDED)
    assert words in written.body.splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("act", ACTS)
def test_every_act_of_fare_rules_has_words(writer: Writer, language: LetterLanguage, act: Act) -> None:
    """Whatever a file allows can be confirmed."""
    letter = writer.write_request(
        structs.replace(LETTERS["request-changed"], acts=(act,)),
        id_="request", party=structs.replace(PARTY, language=language), decided_at=DECIDED,
    )  # fmt: skip
    assert "\n\n\n" not in letter.body
    assert not set("{}%") & set(letter.subject + letter.body)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_says_why(writer: Writer, language: LetterLanguage) -> None:
    """Each in words of its own, without a price where there is no new quote."""
    bodies = set[str]()
    for refusal in get_args(Refusal):
        refused = structs.replace(REFUSED, refusal=refusal, offers="")
        letter = writer.write_request(
            refused_letter(refused, BOOKED, quote("quote"), None),
            id_="request", party=structs.replace(PARTY, language=language), decided_at=DECIDED,
        )  # fmt: skip
        bodies.add(letter.body)
        assert "USD" not in letter.body
        assert "\n\n\n" not in letter.body
    assert len(bodies) == len(get_args(Refusal))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_journey_that_is_given_no_other_trip_is_named(writer: Writer, language: LetterLanguage) -> None:
    """Beside the other ones, as they are."""
    done = structs.replace(DONE, acts=("leave_waitlist",), journeys=(), wanted=Wanted(leave=(1,)), price=Price())
    waits = structs.replace(BOOKED, journeys=(structs.replace(CHANGED, legs=(), state="stranded"), OTHER))
    notice = done_letter(done, waits, KNOWN_NOW, {})
    party = structs.replace(PARTY, language=language)
    body = writer.write_request(notice, id_="request", party=party, decided_at=DECIDED).body
    assert [ticket.origin for ticket in notice.without] == ["JFK"]
    assert list(notice.reported.trips) == [2]
    assert "New York (JFK)" in body
    assert "\n\n\n" not in body


def test_a_trip_about_which_something_has_happened_is_left_to_other_letters() -> None:
    """A later fact, an offer, or a cancelled flight that is not answered yet."""
    later = structs.replace(BOOKED, journeys=(structs.replace(CHANGED, last_fact="later"), OTHER))
    asked = structs.replace(BOOKED, journeys=(CHANGED, structs.replace(OTHER, offer="offer")))
    cancelled = structs.replace(KNOWN_NOW, flights={NEW.flight: structs.replace(NEW, phase="cancelled")})
    shown = [
        list(done_letter(DONE, booking, known, {}).reported.trips)
        for booking, known in ((later, KNOWN_NOW), (asked, KNOWN_NOW), (BOOKED, cancelled), (BOOKED, KNOWN_NOW))
    ]
    assert shown == [[2], [1], [2], [1, 2]]


async def test_what_is_done_is_confirmed_once(bus: Bus, writer: Writer) -> None:
    """The record has what the letter says of flights and money; the seats are those of the ledger."""
    seats = SeatLedger(
        flight=NEW.flight, destination="BOS", phase="scheduled", departs=NEW.departs, arrives=NEW.arrives,
        capacity={"economy": 9}, last_change=1, numbers={PNR: ("12A",)},
    )  # fmt: skip
    letters = Letters()
    delivery = await Desk(bus).answer(bus, DONE, BOOKED, seats=seats)
    for _ in range(2):
        await notifier_of(bus, writer, letters).hear_answers([delivery])
    (letter,) = letters.taken.values()
    assert "Seat: 12A" in letter.body
    sent = await record(bus)
    assert sent is not None
    assert sent.request is not None
    assert (sent.request.done, [each.instrument for each in sent.request.movements]) == (True, ["card-2"])
    assert sent.request.trips == {1: (SAME_AIRPORT.flight,), 2: (FIRST.flight, ONWARD.flight)}


async def test_a_booking_that_is_given_up_has_its_letter_at_the_address_that_it_had(bus: Bus, writer: Writer) -> None:
    """It has no contact any more."""
    letters = Letters()
    await notifier_of(bus, writer, letters).hear_answers([await Desk(bus).answer(bus, WITHDRAWN, CANCELLED)])
    assert [letter.to for letter in letters.taken.values()] == ["ana@example.com"]


async def test_a_refusal_to_a_party_without_a_booking_has_no_letter(bus: Bus, writer: Writer) -> None:
    """Nothing is kept of where it could go."""
    letters, gone = Letters(), structs.replace(REFUSED, refusal="used", offers="", contact="")
    await notifier_of(bus, writer, letters).hear_answers([await Desk(bus).answer(bus, gone, CANCELLED)])
    pointless = (await bus.load([key := NOTICE_POINTLESS.key(pnr=PNR, id="request")]))[key]
    assert (letters.taken, await record(bus), pointless is not None) == ({}, None, True)


async def test_a_refusal_names_the_new_price_of_its_quote(bus: Bus, writer: Writer) -> None:
    """And moves no money."""
    letters = Letters()
    delivery = await Desk(bus).answer(bus, REFUSED, BOOKED, quote("quote"), quote("again", FEE))
    await notifier_of(bus, writer, letters).hear_answers([delivery])
    (letter,) = letters.taken.values()
    assert "change fee: 15.00 USD" in letter.body
    sent = await record(bus)
    assert sent is not None
    assert sent.request is not None
    assert (sent.request.done, sent.request.movements, sent.request.trips) == (False, (), {})


async def test_a_forgotten_party_has_no_letter_about_its_request(bus: Bus, writer: Writer) -> None:
    """And is named in no record."""
    letters = Letters()
    delivery = await Desk(bus).answer(bus, REFUSED, structs.replace(BOOKED, pnr="OTHER"))
    await notifier_of(bus, writer, letters).hear_answers([delivery])
    assert (letters.taken, await record(bus)) == ({}, None)


async def test_a_letter_about_a_request_that_failed_is_sent_when_an_operator_asks(bus: Bus, writer: Writer) -> None:
    """By the request's id."""
    letters = Letters(fails=[True])
    agent = notifier_of(bus, writer, letters, HASTY)
    await agent.hear_answers([await Desk(bus).answer(bus, DONE, BOOKED)])
    assert await agent.resend(ResendNotice(pnr=PNR, id="request")) == NoticeResent(channel="letters")


async def test_a_refused_letter_about_a_request_is_sent_to_a_corrected_address(bus: Bus, writer: Writer) -> None:
    """Where the request is the last that has happened to its journey."""
    desk, letters = Desk(bus), Letters(refuses=["request"])
    agent = notifier_of(bus, writer, letters, HASTY)
    await agent.hear_answers([await desk.answer(bus, DONE, BOOKED)])
    amended = await desk.correct(PNR, contact="new@example.org")
    letters.refuses = ()
    assert await agent.hear_amended([amended]) == []
    assert [letter.to for letter in letters.taken.values()] == ["new@example.org"]


def test_times_are_those_known_when_it_is_written() -> None:
    """A flight that is late by now is shown so, and no party comes too late for it."""
    late = structs.replace(NEW, departs=at("2013-02-09T00:00"), arrives=at("2013-02-09T02:00"))
    letter = done_letter(DONE, BOOKED, structs.replace(KNOWN_NOW, flights={late.flight: late}), {})
    shown = letter.trips[0].trip[0]
    assert (shown.departs, shown.arrives) == (SAME_AIRPORT.departs, late.arrives)
