"""Lines of bookings. One of a single journey may give its ticket and legs without `journeys` around them."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from contracts.ledger import Booking, Journey, Leg, Party, Ticket
from contracts.names import Pnr
from contracts.passengers import Passenger
from irops.lines.json_lines import Bad, Good, parse


class SingleJourney(Struct, frozen=True, kw_only=True):
    """A booking of one journey, as it is written by hand and by systems that know no more of a trip."""

    pnr: Pnr
    party: Party
    ticket: Ticket
    legs: tuple[Leg, ...]
    passengers: tuple[Passenger, ...] = ()


def parse_bookings(lines: Iterable[tuple[int, bytes]]) -> Iterator[Good[Booking] | Bad]:
    """Parse each line in the form that it is in. Empty lines are skipped."""
    for line in lines:
        if b'"journeys"' in line[1] or b'"legs"' not in line[1]:
            yield from parse([line], Booking)
            continue
        for parsed in parse([line], SingleJourney):
            yield Good(parsed.number, _with_journey(parsed.message)) if isinstance(parsed, Good) else parsed


def _with_journey(single: SingleJourney) -> Booking:
    journey = Journey(ticket=single.ticket, legs=single.legs)
    return Booking(pnr=single.pnr, party=single.party, journeys=(journey,), passengers=single.passengers)
