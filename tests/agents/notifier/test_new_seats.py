"""The notices of other seats by number, on a real server; and their letters, complete under `golden/`."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from agents.notifier.adapters import email
from agents.notifier.channels import Channel
from agents.notifier.config import Config
from agents.notifier.domain import LANGUAGES, LetterLanguage, NewSeats, Writer
from bus import AskFailed, Bus, Commit, Delivery, Fact, Removal, Retry, Write, derived_id
from contracts.layouts import SeatNumber
from contracts.ledger import (
    BOOKING,
    SEAT_LEDGER,
    SEATS_REASSIGNED,
    Booking,
    Holding,
    Journey,
    Party,
    Reseated,
    SeatLedger,
    SeatsReassigned,
)
from contracts.names import FlightKey, Pnr
from contracts.notices import (
    NOTICE_FAILED,
    NOTICE_POINTLESS,
    NOTICE_SENT,
    NOTICE_SUPERSEDED,
    NoticeResent,
    ResendNotice,
    seats_notice,
    seats_notice_of,
)
from contracts.subject import Subject
from tests.agents.notifier.notifier_world import HASTY, PATIENT, Booker, Letters, notifier_of
from tests.agents.notifier.samples import DECIDED, KNOWN, ONWARD, TICKET
from tests.agents.notifier.test_letters import GOLDEN, SENDER

FLIGHT = KNOWN.flight
PNRS = ("K7QX2M", "L8")
OUTCOMES: dict[str, Subject[Any]] = {
    "sent": NOTICE_SENT,
    "superseded": NOTICE_SUPERSEDED,
    "pointless": NOTICE_POINTLESS,
    "failed": NOTICE_FAILED,
}
Numbers = tuple[SeatNumber, ...]


def booking(pnr: Pnr, *, language: str = "en", legs: tuple[FlightKey, ...] = (FLIGHT,)) -> Booking:
    party = Party(passengers=2, seats=2, cabin="economy", language=language, contact="ana@example.com")
    trip = tuple(leg for leg in (KNOWN, ONWARD) if leg.flight in legs)
    return Booking(pnr=pnr, party=party, journeys=(Journey(ticket=TICKET, legs=trip),))


class Desk:
    """A booker, played by the test: a flight whose holders are given other seats."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.ledger = SeatLedger(
            flight=FLIGHT, destination="BOS", phase="scheduled", departs=KNOWN.departs, arrives=KNOWN.arrives,
            capacity={"economy": 12}, last_change=0, layout="old",
            holders={pnr: Holding("economy", 2) for pnr in PNRS},
            numbers={pnr: (f"1{row}A", f"1{row}B") for row, pnr in enumerate(PNRS)},
        )  # fmt: skip
        self._revision = 0

    async def sell(self, *bookings: Booking) -> None:
        await self.bus.commit(Commit(states=[Write(BOOKING.of(each), 0) for each in bookings]))

    async def reseat(self, cause: str = "aircraft", **after: Numbers) -> Delivery[SeatsReassigned]:
        """Give these parties other seats. Returns the fact as delivered to the notifier."""
        n = self.ledger.last_fact + 1
        parties = tuple(Reseated(pnr, self.ledger.numbers.get(pnr, ()), seats) for pnr, seats in after.items())
        numbers = {pnr: seats for pnr, seats in {**self.ledger.numbers, **after}.items() if seats}
        fact = SeatsReassigned(flight=FLIGHT, n=n, cause="aircraft", layout="new", parties=parties)
        if cause == "numbered":
            fact = structs.replace(fact, cause="numbered")
        return await self.write(structs.replace(self.ledger, numbers=numbers, last_fact=n), fact)

    async def write(self, ledger: SeatLedger, fact: SeatsReassigned) -> Delivery[SeatsReassigned]:
        addressed, state = SEATS_REASSIGNED.of(fact), SEAT_LEDGER.of(ledger)
        done = await self.bus.commit(Commit([Fact(addressed)], [Write(state, self._revision)]))
        self.ledger, self._revision = ledger, done[state.name]
        return Delivery(
            message=fact, subject=addressed.name, stream="LEDGER", sequence=done[addressed.name], settled=self._revision,
            id=addressed.name, trace="", stored_at=DECIDED,
        )  # fmt: skip

    async def change(self, **fields: object) -> None:
        """The flight's seats are otherwise, without a fact about them."""
        self.ledger = structs.replace(self.ledger, **fields)
        state = SEAT_LEDGER.of(self.ledger)
        self._revision = (await self.bus.commit(Commit(states=[Write(state, self._revision)])))[state.name]

    async def outcomes(self, n: int = 1) -> dict[Pnr, list[str]]:
        """What became of each party's notice about the fact."""
        found: dict[Pnr, list[str]] = {}
        for name, subject in OUTCOMES.items():
            for pnr in PNRS:
                key = subject.key(pnr=pnr, id=seats_notice(FLIGHT, n))
                if (await self.bus.load([key]))[key]:
                    found.setdefault(pnr, []).append(name)
        return found


@pytest.fixture
def desk(bus: Bus) -> Desk:
    return Desk(bus)


async def hear(
    bus: Bus, writer: Writer, channel: Channel, *facts: Delivery[SeatsReassigned], config: Config = PATIENT
) -> list[timedelta]:
    """Have a notifier hear these facts. Returns how long those wait that come again."""
    deferred = await notifier_of(bus, writer, channel, config).hear_reassigned(facts)
    ends = await asyncio.gather(*(each.work() for each in deferred), return_exceptions=True)
    return [end.after for end in ends if isinstance(end, Retry)]


def shown(letters: Letters) -> set[tuple[Pnr, str]]:
    """Each letter's party, and its line about seats."""
    return {
        (letter.pnr, next((line for line in letter.body.splitlines() if line.startswith("Seat")), ""))
        for letter in letters.taken.values()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["seats", "seats-none"])
def test_complete_letters_read_as_agreed(writer: Writer, language: LetterLanguage, name: str) -> None:
    """With new seats, and without any that the party could be given."""
    seats: Numbers = ("14C", "14D") if name == "seats" else ()
    notice = NewSeats(pnr="K7QX2M", reference="K7QX2M", leg=structs.replace(KNOWN, seats=seats), where="away")
    party = booking("K7QX2M", language=language).party
    letter = writer.write_seats(notice, id_="noticeS", party=party, decided_at=DECIDED)
    golden = GOLDEN / f"{name}-{language}.eml"
    assert email(letter, sender=SENDER).decode() == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("flight", [FLIGHT, "UA.83D.EWR.2013-02-08"])
def test_a_notices_id_says_what_it_is_about(flight: FlightKey) -> None:
    """And that of a booking's fact says nothing of seats."""
    assert seats_notice_of(seats_notice(flight, 12)) == (flight, 12)
    assert seats_notice_of("seats-of-a-plan") is None


async def test_each_party_that_sits_elsewhere_has_one_letter(bus: Bus, writer: Writer, desk: Desk) -> None:
    """With its seats now; also where the fact is delivered again."""
    await desk.sell(*map(booking, PNRS))
    fact = await desk.reseat(K7QX2M=("14C", "14D"), L8=())
    first, again = Letters(), Letters()
    await hear(bus, writer, first, fact)
    await hear(bus, writer, again, fact)
    assert shown(first) == {("K7QX2M", "Seats: 14C, 14D"), ("L8", "")}
    assert again.taken == {}
    assert await desk.outcomes() == {"K7QX2M": ["sent"], "L8": ["sent"]}


async def test_who_gets_numbers_for_the_first_time_has_no_letter(bus: Bus, writer: Writer, desk: Desk) -> None:
    """No letter has shown them others."""
    await desk.sell(*map(booking, PNRS))
    letters = Letters()
    await hear(bus, writer, letters, await desk.reseat("numbered", K7QX2M=("14C", "14D")))
    assert letters.taken == {}
    assert await desk.outcomes() == {}


async def test_seats_that_were_given_out_again_meanwhile_are_in_the_later_letter(
    bus: Bus, writer: Writer, desk: Desk
) -> None:
    """And the earlier notice is superseded."""
    await desk.sell(*map(booking, PNRS))
    facts = [await desk.reseat(K7QX2M=(f"{row}C", f"{row}D")) for row in (14, 15)]
    letters = Letters()
    await hear(bus, writer, letters, *facts)
    assert shown(letters) == {("K7QX2M", "Seats: 15C, 15D")}
    assert [await desk.outcomes(n) for n in (1, 2)] == [{"K7QX2M": ["superseded"]}, {"K7QX2M": ["sent"]}]


@pytest.mark.parametrize("outcome", ["superseded", "pointless"])
async def test_a_party_that_will_not_sit_there_has_no_letter(
    bus: Bus, writer: Writer, desk: Desk, outcome: str
) -> None:
    """It has to get off, and hears that; or it has no trip with this flight."""
    await desk.sell(booking("K7QX2M", legs=() if outcome == "pointless" else (FLIGHT,)))
    fact = await desk.reseat(K7QX2M=("14C", "14D"))
    if outcome == "superseded":
        await desk.change(offloaded=("K7QX2M",))
    letters = Letters()
    await hear(bus, writer, letters, fact)
    assert letters.taken == {}
    assert await desk.outcomes() == {"K7QX2M": [outcome]}


async def test_a_forgotten_party_has_neither_a_letter_nor_a_record(bus: Bus, writer: Writer, desk: Desk) -> None:
    """The others of the fact have theirs."""
    await desk.sell(*map(booking, PNRS))
    fact = await desk.reseat(K7QX2M=("14C", "14D"), L8=("15C", "15D"))
    key = BOOKING.key(pnr="L8")
    await bus.commit(Commit(removals=[Removal(key, (await bus.load([key])).revision(key))]))
    letters = Letters()
    await hear(bus, writer, letters, fact)
    assert shown(letters) == {("K7QX2M", "Seats: 14C, 14D")}
    assert await desk.outcomes() == {"K7QX2M": ["sent"]}


async def test_a_letter_that_no_channel_took_is_tried_again_alone(bus: Bus, writer: Writer, desk: Desk) -> None:
    """After a pause; the party whose letter was taken gets no second one."""
    await desk.sell(*map(booking, PNRS))
    fact = await desk.reseat(K7QX2M=("14C", "14D"), L8=("15C", "15D"))
    letters = Letters(fails=[True])
    (pause,) = await hear(bus, writer, letters, fact, config=HASTY)
    assert timedelta(0) < pause <= HASTY.again
    assert len(letters.taken) == 1
    assert sorted(map(tuple, (await desk.outcomes()).values())) == [("failed",), ("sent",)]


async def test_a_failed_letter_is_sent_at_once_when_an_operator_asks(bus: Bus, writer: Writer, desk: Desk) -> None:
    """By the id in the record of its failure; and never twice."""
    await desk.sell(*map(booking, PNRS))
    fact = await desk.reseat(K7QX2M=("14C", "14D"))
    letters = Letters(fails=[True])
    await hear(bus, writer, letters, fact, config=HASTY)
    notifier, question = (
        notifier_of(bus, writer, letters, HASTY),
        ResendNotice(pnr="K7QX2M", id=seats_notice(FLIGHT, 1)),
    )
    assert await notifier.resend(question) == NoticeResent(channel="letters")
    assert await notifier.resend(question) == NoticeResent(why="the letter was sent before")
    with pytest.raises(AskFailed, match="left the stream"):
        await notifier.resend(structs.replace(question, id=seats_notice(FLIGHT, 9)))


async def test_a_refused_letter_about_seats_is_sent_to_a_corrected_address(
    bus: Bus, writer: Writer, desk: Desk
) -> None:
    """The last one of the flight that was for this party, and to no one else."""
    await desk.sell(*map(booking, PNRS))
    facts = [await desk.reseat(K7QX2M=("14C", "14D")), await desk.reseat(L8=("15C", "15D"))]
    letters = Letters()
    letters.refuses = [derived_id("seats", pnr, FLIGHT, str(n)) for n, pnr in enumerate(PNRS, start=1)]
    await hear(bus, writer, letters, *facts)
    amended = await Booker(bus).correct("K7QX2M", contact="new@example.org")
    letters.refuses = ()
    assert await notifier_of(bus, writer, letters).hear_amended([amended]) == []
    assert [letter.to for letter in letters.taken.values()] == ["new@example.org"]
    assert (await desk.outcomes(1))["K7QX2M"] == ["sent", "failed"]


async def test_a_letter_that_waits_for_its_turn_is_dropped_once_the_seats_are_others(
    bus: Bus, writer: Writer, desk: Desk
) -> None:
    """A notifier that is slow must not send old numbers after new ones."""
    await desk.sell(*map(booking, PNRS))
    fact = await desk.reseat(K7QX2M=("14C", "14D"))

    async def reseated() -> None:
        await desk.reseat(K7QX2M=("15C", "15D"))

    letters = Letters(fails_once=reseated)
    await hear(bus, writer, letters, fact)
    assert letters.taken == {}
    assert await desk.outcomes() == {"K7QX2M": ["superseded"]}
