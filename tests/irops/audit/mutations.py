"""Every small change of the audit's input: one field of one message is another, or one message is missing or there twice.

A field is changed by its type: an instant or a number is higher or lower, a name is another one of the world, an entry of a
collection is missing, an optional value is given or removed. A kind of mutation is named by message, field and change:
`SeatLedger.holders.dropped`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as but
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect, structs

from contracts.flights import Cause
from contracts.judgement import Judgement, Wishes
from contracts.ledger import Booking, Complaint, Following, Party, Schedule
from contracts.money import Money
from contracts.names import origin_of
from contracts.notices import RequestReported
from contracts.records import Record
from contracts.reservations import PartySummary, SplitFrom
from contracts.sales import Sale
from irops.audit import Streams

SHIFT = timedelta(hours=3)
_STATES: Mapping[str, Callable[[Any], Any]] = {
    "flights": lambda m: m.flight,
    "seats": lambda m: m.flight,
    "bookings": lambda m: m.pnr,
    "waiting": lambda m: (m.pnr, m.journey),
    "braked": lambda m: (m.pnr, m.journey),
    "layouts": lambda m: m.layout,
    "quotes": lambda m: (m.pnr, m.id),
    "offers": lambda m: (m.pnr, m.journey),
}
"""The fields of `Streams` with states, and how each is addressed."""
_FACTS = (
    "changes", "statuses", "facts", "amended", "reservations", "disrupted", "reassigned", "adopted", "answered", "brakes",
    "brakes_ended", "offered", "withdrawn", "replies_refused",
)  # fmt: skip
"""Those with facts at their sequences."""
_RECORDS = (
    "sent", "superseded", "pointless", "failed", "doubted", "in_force", "requests", "payments", "brakes_in_force",
    "replies",
)  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    kind: str
    streams: Streams
    world: Streams
    """As it was."""
    message: Any
    """The one that is changed, as it was."""


def mutations(streams: Streams) -> Iterator[Mutation]:
    """Each mutation of each message, one at a time."""
    change = _Changes(streams)

    def mutated(kind: str, message: Any, field: str, value: Any) -> Mutation:
        fields: dict[str, Any] = {field: value}
        return Mutation(kind, but(streams, **fields), streams, message)

    for field, address in _STATES.items():
        states: Mapping[Any, msgspec.Struct] = getattr(streams, field)
        for key, message in states.items():
            others = {other: each for other, each in states.items() if other != key}
            for kind, changed in change.of(message):
                yield mutated(kind, message, field, {**others, address(changed): changed})
            yield mutated(f"{type(message).__name__}.dropped", message, field, others)
    for field in (*_FACTS, *_RECORDS):
        kept: Sequence[Any] = getattr(streams, field)
        placed = field in _FACTS
        last = max((sequence for sequence, _ in kept), default=0) if placed else 0
        for at, item in enumerate(kept):
            message = item[1] if placed else item
            before, following = kept[:at], kept[at + 1 :]
            for kind, changed in change.of(message):
                item_changed = (item[0], changed) if placed else changed
                yield mutated(kind, message, field, [*before, item_changed, *following])
            name = type(message).__name__
            yield mutated(f"{name}.dropped", message, field, [*before, *following])
            yield mutated(f"{name}.doubled", message, field, [*kept, (last + 1, message) if placed else message])


_OTHER = Booking(pnr="other", party=Party(passengers=1, seats=1, cabin="economy"), journeys=())
_SAMPLES: Mapping[type, msgspec.Struct] = {
    PartySummary: PartySummary(passengers=9, seats=9),
    Booking: _OTHER,
    SplitFrom: SplitFrom(pnr="other", version=1, booking=_OTHER),
    Wishes: Wishes(nonstop=True),
    Judgement: Judgement(fallback="off", latency_ms=0),
    Sale: Sale(family="saver"),
    Complaint: Complaint(journey=1, kind="other"),
    Money: Money(amount=Decimal(7), currency="USD"),
    Cause: Cause(code="93"),
    Following: Following(2, "ZZ.1.JFK.2013-02-08"),
    Schedule: Schedule(datetime(2013, 2, 8, tzinfo=UTC), datetime(2013, 2, 9, tzinfo=UTC)),
    RequestReported: RequestReported(done=True),
    Record: Record(carrier="ZZ", locator="ABCDEF", created_on=date(2013, 1, 1)),
}


class _Changes:
    """The values that a field of a world's message may be changed to."""

    def __init__(self, streams: Streams) -> None:
        airports = {origin_of(flight) for flight in streams.flights}
        ids = {fact.id for _, fact in streams.facts} | {"other"}
        self._names: Mapping[str, Sequence[str]] = {
            "flight": sorted(streams.flights),
            "pnr": sorted(streams.bookings),
            "airport": ["XXX", *sorted(airports)],
            "id": sorted(ids),
            "layout": [*sorted(streams.layouts), "other", "another"],
            "seat": ["9Z", "1A", "1B"],
        }
        self._now = streams.now

    def of(self, message: msgspec.Struct) -> Iterator[tuple[str, Any]]:
        """(kind, the message with one field changed)."""
        name = type(message).__name__
        return ((f"{name}.{kind}", changed) for kind, changed in self._struct(message))

    def _struct(self, value: msgspec.Struct) -> Iterator[tuple[str, Any]]:
        for field in _fields(type(value)):
            for kind, changed in self._value(getattr(value, field.name), field.type, field.name):
                yield f"{field.name}.{kind}", structs.replace(value, **{field.name: changed})

    def _value(self, value: Any, kind: inspect.Type, name: str) -> Iterator[tuple[str, Any]]:
        match kind:
            case inspect.Metadata(type=inner):
                yield from self._value(value, inner, name)
            case inspect.UnionType(types=types):
                (inner,) = (each for each in types if not isinstance(each, inspect.NoneType))
                if value is None:
                    yield "given", self._some(inner, name)
                else:
                    yield "removed", None
                    yield from self._value(value, inner, name)
            case inspect.StructType():
                yield from self._struct(value)
            case inspect.DictType(value_type=inner):
                for key, item in value.items():
                    yield "dropped", {other: each for other, each in value.items() if other != key}
                    yield from ((k, {**value, key: changed}) for k, changed in self._value(item, inner, name))
            case inspect.VarTupleType(item_type=inner):
                for at, item in enumerate(value):
                    yield "dropped", (*value[:at], *value[at + 1 :])
                    for k, changed in self._value(item, inner, name):
                        yield k, (*value[:at], changed, *value[at + 1 :])
            case _:
                yield from self._scalar(value, kind, name)

    def _scalar(self, value: Any, kind: inspect.Type, name: str) -> Iterator[tuple[str, Any]]:
        match kind:
            case inspect.DateTimeType():
                yield from (("higher", value + SHIFT), ("lower", value - SHIFT))
            case inspect.TimeDeltaType():
                yield from (("higher", value + SHIFT), ("lower", value - SHIFT))
            case inspect.DateType():
                yield from (("higher", value + timedelta(days=1)), ("lower", value - timedelta(days=1)))
            case inspect.BoolType():
                yield "other", not value
            case inspect.IntType() | inspect.FloatType() | inspect.DecimalType():
                yield from (("higher", value + 1), ("lower", value - 1))
            case inspect.LiteralType(values=values):
                yield "other", next(each for each in (*values[1:], values[0]) if each != value)
            case _:
                yield "other", next(each for each in self._like(kind, name) if each != value)

    def _some(self, kind: inspect.Type, name: str) -> Any:
        match kind:
            case inspect.Metadata(type=inner):
                return self._some(inner, name)
            case inspect.DateTimeType() | inspect.DateType() | inspect.TimeDeltaType():
                return {inspect.DateTimeType: self._now, inspect.DateType: self._now.date()}.get(type(kind), SHIFT)
            case inspect.DictType():
                return {"economy": 1}
            case inspect.StructType(cls=cls):
                return _SAMPLES[cls]
            case inspect.IntType() | inspect.LiteralType():
                return kind.values[0] if isinstance(kind, inspect.LiteralType) else 1
            case _:
                return self._like(kind, name)[0]

    def _like(self, kind: inspect.Type, name: str) -> Sequence[str]:
        """Names of the field's form, among them another one than any value; of the world where it has some."""
        pattern = getattr(kind, "pattern", None) or ""
        by_name: Mapping[str, Sequence[str]] = {
            "language": ("fr", "es"),
            "layout": self._names["layout"],
            "letters": ("ABC", "AB C"),
            **dict.fromkeys(("pnr", "parties", "offloaded"), (*self._names["pnr"], "other")),
            **dict.fromkeys(("id", "follows", "plan", "last_fact", "covers"), self._names["id"]),
        }
        by_form = {
            "^[A-Z]{3}$": self._names["airport"],
            "^[1-9]": self._names["seat"],
        }
        if name in ("language", "layout", "letters", "pnr", "parties", "offloaded"):
            return by_name[name]
        if form := next((form for form in by_form if pattern.startswith(form)), None):
            return by_form[form]
        if "{4}-" in pattern:
            return (*self._names["flight"], "ZZ.1.JFK.2013-02-08")
        return by_name.get(name, ("other@example.org", "another@example.org"))


@lru_cache(maxsize=64)
def _fields(cls: type[msgspec.Struct]) -> Sequence[inspect.Field]:
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    return info.fields
