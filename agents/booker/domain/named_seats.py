"""The seats by number in the facts about a booking: as the party has them with the decision, or had them before it."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec import structs

from agents.booker.domain.seating import Numbers
from agents.booker.domain.worksheet import Worksheet
from contracts.ledger import BookingFact, BookingStranded, Leg
from contracts.names import FlightKey, Pnr

F = TypeVar("F", bound=BookingFact)
_NOTHING: Mapping[FlightKey, Numbers] = MappingProxyType({})


def had_by(sheet: Worksheet[Any], pnr: Pnr, legs: Iterable[Leg]) -> Mapping[FlightKey, Numbers]:
    """The party's seats on these flights, of those that give them out by number."""
    if not sheet.is_numbered:
        return _NOTHING
    return {leg.flight: numbers for leg in legs if (numbers := sheet.numbers(leg.flight, pnr))}


def numbered(fact: F, sheet: Worksheet[Any], had: Mapping[FlightKey, Numbers]) -> F:
    """The fact with the seats of each of its legs: before it those that the party `had`, after it those on the sheet."""
    pnr = fact.pnr

    def before(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
        return tuple([_with(leg, had.get(leg.flight, ())) for leg in legs])

    def after(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
        return tuple([_with(leg, sheet.numbers(leg.flight, pnr) or had.get(leg.flight, ())) for leg in legs])

    if isinstance(fact, BookingStranded):
        return structs.replace(
            fact,
            before=before(fact.before),
            flown=before(fact.flown),
            held=after(fact.held),
            lapsed=before(fact.lapsed),
        )
    return structs.replace(fact, before=before(fact.before), after=after(fact.after))


def _with(leg: Leg, numbers: Numbers) -> Leg:
    return structs.replace(leg, seats=numbers) if numbers else leg
