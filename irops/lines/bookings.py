"""Lines of bookings. One of a single journey may give its ticket and legs without `journeys` around them, and one of which
nothing is known to be paid but a fare in whole US dollars may give that as `party.fare`."""

import json
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from contracts.ledger import Booking, Journey, Leg, Party, Ticket
from contracts.money import whole_fare
from contracts.names import Pnr
from contracts.passengers import Passenger
from contracts.records import Record, pnr_of
from irops.lines.json_lines import Bad, Good, parse


class SingleJourney(Struct, frozen=True, kw_only=True):
    """A booking of one journey, as it is written by hand and by systems that know no more of a trip."""

    pnr: Pnr
    party: Party
    ticket: Ticket
    legs: tuple[Leg, ...]
    passengers: tuple[Passenger, ...] = ()
    record: Record | None = None


def parse_bookings(lines: Iterable[tuple[int, bytes]]) -> Iterator[Good[Booking] | Bad]:
    """Parse each line in the form that it is in. Empty lines are skipped."""
    for line in map(_with_paid, map(_keyed, lines)):
        if b'"journeys"' in line[1] or b'"legs"' not in line[1]:
            yield from parse([line], Booking)
            continue
        for parsed in parse([line], SingleJourney):
            yield Good(parsed.number, _with_journey(parsed.message)) if isinstance(parsed, Good) else parsed


def _keyed(line: tuple[int, bytes]) -> tuple[int, bytes]:
    """The line with the PNR that follows from its record, where it gives a record and no PNR."""
    number, text = line
    if b'"record"' not in text:
        return line
    try:
        read = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        if "pnr" in read or "record" not in read:
            return line
        key = pnr_of(msgspec.json.decode(read["record"], type=Record))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return line  # what is wrong is explained where it is parsed
    return number, msgspec.json.encode({"pnr": key, **read})


def _with_journey(single: SingleJourney) -> Booking:
    journey = Journey(ticket=single.ticket, legs=single.legs)
    return Booking(
        pnr=single.pnr, party=single.party, journeys=(journey,), passengers=single.passengers, record=single.record
    )


def _with_paid(line: tuple[int, bytes]) -> tuple[int, bytes]:
    """The line with what was paid in place of `party.fare`, a whole number of US dollars, where it has such a one."""
    number, text = line
    if b'"fare"' not in text:
        return line
    try:
        booking = json.loads(text)
        fare = booking["party"]["fare"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return line  # what is wrong is explained where it is parsed
    if type(fare) is not int or fare < 0 or "paid" in booking["party"]:
        return line
    del booking["party"]["fare"]
    booking["party"]["paid"] = msgspec.to_builtins(whole_fare(fare))
    return number, json.dumps(booking).encode()
