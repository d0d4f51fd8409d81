"""A scripted model that answers for each party exactly as its case expects."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bus.airports import zones
from contracts.judgement import Wishes
from contracts.ledger import Booking, Ticket
from contracts.names import Airport, day_of, spoken
from irops.evaluation.case import Case, Expected, Trip
from tests.llm.reader import remark_in
from tests.llm.replies import Reply, Request, Script, Unscripted, says, shortly

_TICKET = re.compile(r"^- ticket: (\w{3}) to (\w{3}) on (.*?); leaves \w{3} (\S+) ", re.MULTILINE)
_OPTION = re.compile(r"^- option ([A-H]): (.*)$", re.MULTILINE)
_LEG = re.compile(r"(?:^|; )(\w{2,3}) (\w+) in \w+, (\w{3}) \w{3} (\d{4}-\d\d-\d\d) ")

Asker = tuple[str, ...]
"""Ticket and remark, which identify a party's prompts."""


def perfect(cases: Iterable[Case]) -> Script:
    """Answers either form; a party of no case is unscripted."""
    known = {
        _asker(booking): (booking.journeys[0].ticket, case.expected[booking.pnr])
        for case in cases
        for booking in case.bookings
        if booking.pnr in case.expected
    }

    def script(request: Request) -> Reply:
        user = request.prompt.user
        ticket = _TICKET.search(user)
        remark = "" if "The passengers wrote nothing." in user else remark_in(user)
        found = known.get((*ticket.groups(), remark)) if ticket else None
        if found is None:
            raise Unscripted(f"of no case: {shortly(request.prompt)}")
        if request.schema_name == "Understood":
            return says(understood(found[1].wishes or Wishes(), found[0]))
        return says({"option": _acceptable(user, found[1]), "because": []})

    return script


def _asker(booking: Booking) -> Asker:
    ticket = booking.journeys[0].ticket
    flights = ", then ".join(map(spoken, ticket.flights))
    return ticket.origin, ticket.destination, flights, day_of(ticket.flights[0]).isoformat(), booking.party.remark


def understood(wishes: Wishes, ticket: Ticket) -> dict[str, Any]:
    """The form filled in so that these wishes result."""
    return {
        "arrive_by": _local(wishes.arrive_by, ticket.destination),
        "depart_after": _local(wishes.depart_after, ticket.origin),
        "airports": wishes.airports,
        "nonstop": wishes.nonstop,
        "cabin": wishes.cabin,
        "together": wishes.together,
        "needs": wishes.needs,
    }


def _local(at: datetime | None, airport: Airport) -> dict[str, str] | None:
    if at is None:
        return None
    there = at.astimezone(zones()[airport])
    half = "am" if there.hour < 12 else "pm"
    return {"clock": f"{there:%H:%M}".removeprefix("0"), "half": half, "day": f"{there:%Y-%m-%d}"}


def _acceptable(user: str, expected: Expected) -> str:
    """The label of the first acceptable option, or `A` if none is."""
    offered = dict(_OPTION.findall(user))
    return next((label for label, text in offered.items() if _trip(text) in expected.options), "A")


def _trip(text: str) -> Trip:
    return tuple([".".join(leg) for leg in _LEG.findall(text)])
