"""`irops marks`: what a person should look at."""

from contracts.ledger import BookingFact, BookingStranded
from contracts.reservations import BookingAmended, BookingContradicted
from irops.system.connection import system
from irops.system.contradicted import contradicted
from irops.system.marked import Marked, marked
from irops.terminal.command import run
from irops.terminal.listing import show_lines
from irops.terminal.trips import words_of_trip


def marks() -> None:
    """List the trips that a person should look at: made without asking the party, and unusual against what was sold.

    Below them are the reservations that irops contradicts, until a later version settles them.

    One line per journey: party and journey, its marks, and its flights. `country`: through another country. `night`: a night on
    the way. `airport`: another airport of the city. `onward`: on the way, without seats for the rest. `overtaken`: the journey
    before it ended too late for it. `ssr`: a need that no rule knows. `alone`: children without anyone older, which no one has
    asked for. `early`: much earlier than was sold. `tight`: little time to change planes. `overdue`: it waits, and no trip can
    be legal any more. `unasked`: someone had to be asked, and there was no time. `declined`: no one agreed to a trip that was
    offered, and it has none; nothing is planned for it before a person has looked at it. Then one line per
    contradiction: the reservation system's version, or its answer to an offer, the reason, and what is contradicted.

    Example: irops marks
    """

    async def work() -> int:
        async with system() as bus:
            found = await marked(bus)
            open_ = await contradicted(bus)
        lines = [f"{fact.pnr} {_what(fact)}" for fact in found]
        lines += [f"{fact.pnr} {_of(fact)}  {fact.reason}  {fact.detail}" for fact in open_]
        show_lines(lines, nothing="no trip is marked, and no reservation contradicted")
        return 0

    run(work())


def _what(fact: Marked) -> str:
    marks = ", ".join(fact.marks)
    if isinstance(fact, BookingAmended):
        return f"version {fact.version}  {marks}"
    return f"{fact.journey}  {marks}  {_trip(fact)}"


def _of(fact: BookingContradicted) -> str:
    return "answer" if fact.answer else f"version {fact.version}"


def _trip(fact: BookingFact) -> str:
    if isinstance(fact, BookingStranded):
        return f"waits in {fact.origin} for seats to {fact.destination}"
    return words_of_trip(fact.after)
