"""A notifier on real streams, told by a booker of the test's own what to hear."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from agents.notifier.agent import Notifier
from agents.notifier.channels import ChannelRefused
from agents.notifier.config import Config
from agents.notifier.domain import BookingFact, Notice, Writer
from bus import Bus, Commit, Delivery, Fact, Write
from contracts.ledger import BOOKING, BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, Booking, BookingStranded, Party
from contracts.notices import NOTICE_SENT, NoticeSent
from contracts.subject import Subject
from tests.notifier.samples import DECIDED, TICKET

ADDRESS: dict[type, Subject[Any]] = {
    subject.message: subject for subject in (BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED)
}


class Letters:
    """A channel that takes what it is not told to refuse."""

    name = "letters"

    def __init__(self, *, refuses: Sequence[str] = ()) -> None:
        self.refuses = refuses
        self.taken: dict[str, Notice] = {}

    async def send(self, notice: Notice) -> None:
        if notice.id in self.refuses:
            raise ChannelRefused("no address")
        self.taken[notice.id] = notice


class Booker:
    """Commits one fact after another about one party, each with the booking as it is then."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._revision = 0

    async def say(self, fact: BookingFact) -> Delivery[BookingFact]:
        """The fact as the notifier hears it."""
        booking = Booking(
            pnr=fact.pnr,
            party=Party(passengers=1, seats=1, cabin="economy"),
            ticket=TICKET,
            legs=() if isinstance(fact, BookingStranded) else fact.after,
            state="stranded" if isinstance(fact, BookingStranded) else "rebooked",
            plan=fact.id,
        )
        said, state = ADDRESS[type(fact)].of(fact), BOOKING.of(booking)
        revisions = await self._bus.commit(Commit(facts=[Fact(said)], states=[Write(state, self._revision)]))
        self._revision = revisions[state.name]
        return Delivery(
            message=fact,
            subject=said.name,
            stream="LEDGER",
            sequence=revisions[said.name],
            settled=self._revision,
            id=said.name,
            trace="",
            stored_at=DECIDED,
        )


def notifier_of(bus: Bus, writer: Writer, letters: Letters) -> Notifier:
    return Notifier(bus, writer, [letters], Config(pause=timedelta(0)))


async def sent(bus: Bus, fact: BookingFact) -> NoticeSent | None:
    """What was said to have become of it; None if it was not sent, nor overtaken."""
    key = NOTICE_SENT.key(pnr=fact.pnr, id=fact.id)
    entry = (await bus.load([key]))[key]
    return entry.message if entry else None
