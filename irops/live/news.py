"""News lines: the latest disruptions and what has become of their parties so far.

A line names flights and counts. It holds no PNR, name or contact, so a screen may be shown to anyone.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts.ledger import BookingChanged, BookingFact, BookingKept, SeatsDisrupted
from contracts.names import FlightKey, Pnr, origin_of, spoken

KEPT = 3
"""Disruptions that news is kept of."""
_WHAT = {
    "cancelled": "cancelled",
    "retimed": "retimed",
    "downgauged": "gets a smaller aircraft",
    "diverted": "diverted",
    "misconnected": "breaks connections",
    "unreachable": "leaves before its passengers are back",
    "amended": "has other passengers",
    "restored": "has seats again",
    "lapsed": "keeps no seats for those who wait",
    "overdue": "is too late for those who wait",
}


@dataclass(slots=True)
class _Item:
    fact: SeatsDisrupted
    waiting: set[Pnr]
    rebooked: int = 0
    kept: int = 0
    stranded: int = 0
    onto: Counter[FlightKey] = field(default_factory=Counter)
    """Rebooked parties by the first flight that is new to them. Named in the line where it takes half of them or more."""


class News:
    """Keeps the latest disruptions that affect a party."""

    def __init__(self) -> None:
        self._items: deque[_Item] = deque(maxlen=KEPT)

    def disrupted(self, fact: SeatsDisrupted) -> None:
        if fact.parties:
            self._items.append(_Item(fact, set(fact.parties)))

    def answered(self, fact: BookingFact) -> None:
        """Count the fact under the latest kept disruption that its party waits in."""
        for item in reversed(self._items):
            if fact.pnr in item.waiting:
                item.waiting.remove(fact.pnr)
                _count(item, fact)
                return

    def lines(self) -> tuple[str, ...]:
        """A line for each kept disruption, latest last: `B6 83 from JFK cancelled: 42 parties, 40 rebooked (31 on B6 283)`."""
        return tuple(_line(item) for item in self._items)


def _count(item: _Item, fact: BookingFact) -> None:
    if isinstance(fact, BookingChanged):
        item.rebooked += 1
        before = {leg.flight for leg in fact.before}
        item.onto.update([leg.flight for leg in fact.after if leg.flight not in before][:1])
    elif isinstance(fact, BookingKept):
        item.kept += 1
    else:
        item.stranded += 1


def _line(item: _Item) -> str:
    fact = item.fact
    what = f"diverted to {fact.diverted_to}" if fact.diverted_to else _WHAT[fact.kind]
    parties = "1 party" if len(fact.parties) == 1 else f"{len(fact.parties):,} parties"
    return ", ".join([f"{spoken(fact.flight)} from {origin_of(fact.flight)} {what}: {parties}", *_outcomes(item)])


def _outcomes(item: _Item) -> Iterator[str]:
    if item.rebooked:
        (flight, count), *_ = item.onto.most_common(1) or [("", 0)]
        most = f" ({count:,} on {spoken(flight)})" if 2 * count >= item.rebooked else ""
        yield f"{item.rebooked:,} rebooked{most}"
    if item.kept:
        yield f"{item.kept:,} kept"
    if item.stranded:
        yield f"{item.stranded:,} stranded"
