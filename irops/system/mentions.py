"""Where the streams name a party: in subjects, headers and payloads, as whole words.

A PNR may be a word of another kind too: an airport, a stream, a number. So what is purged is never recognised by its subject's
words alone, but by the place of the PNR in the subject's pattern or by the message's own field.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from re import Pattern
from typing import Any

import msgspec

from bus import Bus
from bus.operations import Raw, provisioned, stored
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.ledger import (
    SEAT_LEDGER,
    SEATS_DISRUPTED,
    SEATS_FREED,
    SEATS_REASSIGNED,
    SeatLedger,
    SeatsDisrupted,
    SeatsFreed,
    SeatsReassigned,
)
from contracts.names import FlightKey, Pnr
from contracts.reservations import RESERVATION_STATUS
from contracts.streams import STREAMS
from contracts.subject import Subject
from irops.system.state import subject_of

FORGOTTEN = "(forgotten)"
"""What stands in a text in the place of a PNR."""
_OF_THE_ANSWER = {"Nats-Stream", "Nats-Subject", "Nats-Sequence", "Nats-Last-Sequence", "Nats-Num-Pending"}
"""Headers that the server adds when a message is read: names of streams, and numbers."""
_OURS = {stream.name for stream in STREAMS}
"""Streams in whose subjects the place of a PNR is known."""


@dataclass(slots=True)
class Mentions:
    """Messages that name one party, by what can be done about them."""

    subjects: dict[str, dict[str, int]] = field(default_factory=dict)
    """By stream: addresses with the PNR as a token, which are about this party alone, and of reported bookings that were split
    from it; with the last sequence of each."""
    flights: set[FlightKey] = field(default_factory=set)
    """Flights whose seats, or a fact about them, name it beside others."""
    letters: list[tuple[DeadLetter, int]] = field(default_factory=list)
    """Dead letters, each with its sequence."""
    others: list[str] = field(default_factory=list)
    """Any other message, as `subject (stream sequence)`: the agent that writes it has to remove it."""

    def __bool__(self) -> bool:
        return bool(self.removable or self.others)

    @property
    def removable(self) -> bool:
        """Whether something here can be removed, unlike `others`."""
        return bool(self.subjects or self.flights or self.letters)

    @property
    def lines(self) -> Iterator[str]:
        """A line for each kind, without the PNR."""
        for stream, subjects in self.subjects.items():
            yield f"{len(subjects)} subjects of {stream}"
        for flight in sorted(self.flights):
            yield f"the seats of {flight}, or a fact about them"
        for letter, _ in self.letters:
            yield f"the dead letter {letter.agent}.{letter.stream}.{letter.sequence}"
        yield from self.others


async def mentions(bus: Bus, pnr: Pnr) -> Mentions:
    """Search every message of the system's streams: some ten seconds for 300,000 messages. Raises `Unavailable`, `ApiError`."""
    found, word = Mentions(), _word(pnr)
    for stream in await provisioned(bus.nc):
        async for raw in stored(bus.nc, stream):
            if stream == DEAD_LETTER.stream:  # whose payloads are base64
                letter = msgspec.json.decode(raw.data, type=DeadLetter)
                if redacted(letter, pnr) != letter:
                    found.letters.append((letter, raw.sequence))
            elif _is_about(raw.subject, raw.data, pnr):
                found.subjects.setdefault(stream, {})[raw.subject] = raw.sequence
            elif _names(raw, stream, word):
                _sort(raw, stream, pnr, found)
    return found


def redacted(letter: DeadLetter, pnr: Pnr) -> DeadLetter | None:
    """The letter without the party; None if its message is about this party alone or can't be rewritten."""
    word = _word(pnr)
    payload = letter.payload
    if _is_about(letter.subject, payload, pnr):
        return None
    if word.search(payload):
        fact = _fact_about_seats(letter.subject, payload)
        if fact is None:
            return None
        payload = msgspec.json.encode(_without_party(fact, pnr))
    texts = {name: _without(value, word) for name, value in letter.headers.items()}
    return msgspec.structs.replace(
        letter,
        payload=payload,
        headers=texts,
        reason=_without(letter.reason, word),
        traceback=_without(letter.traceback, word),
    )


def _word(pnr: Pnr) -> Pattern[bytes]:
    return re.compile(rb"(?<![A-Za-z0-9_-])" + re.escape(pnr.encode()) + rb"(?![A-Za-z0-9_-])")


def _names(raw: Raw, stream: str, word: Pattern[bytes]) -> bool:
    """Whether the message has the word where a party may stand."""
    texts = [raw.data, *(value.encode() for name, value in raw.headers.items() if name not in _OF_THE_ANSWER)]
    if stream not in _OURS:
        texts.append(raw.subject.encode())
    return any(map(word.search, texts))


class _Own(msgspec.Struct, frozen=True):
    """The party that a message of another module's agent is about."""

    pnr: object = None


def _is_about(subject: str, data: bytes, pnr: Pnr) -> bool:
    """Whether the message is about this party alone. A removed one counts, for nothing is lost with it."""
    tokens = subject.split(".")
    if pnr not in tokens:
        return False
    if known := subject_of(subject):
        # Fields of several tokens, such as a flight, have no party before or behind them.
        return (pnr, "{pnr}") in zip(tokens, known.pattern.split("."), strict=False)
    try:
        return not data or msgspec.json.decode(data, type=_Own).pnr == pnr
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _sort(raw: Raw, stream: str, pnr: Pnr, found: Mentions) -> None:
    if raw.subject.startswith(_family(SEAT_LEDGER.pattern)):
        ledger = msgspec.json.decode(raw.data, type=SeatLedger)
        if any(pnr in named for named in (ledger.holders, ledger.on_offer, ledger.offloaded, ledger.lost_by)):
            found.flights.add(ledger.flight)
    elif raw.subject.startswith(_family(RESERVATION_STATUS.pattern)):
        found.subjects.setdefault(stream, {})[raw.subject] = raw.sequence
    elif fact := _fact_about_seats(raw.subject, raw.data):
        if _without_party(fact, pnr) != fact:
            found.flights.add(fact.flight)
    else:
        found.others.append(f"{raw.subject} ({stream} {raw.sequence})")


_SeatsFact = SeatsDisrupted | SeatsFreed | SeatsReassigned
_ABOUT_SEATS: tuple[Subject[Any], ...] = (SEATS_DISRUPTED, SEATS_FREED, SEATS_REASSIGNED)


def _fact_about_seats(subject: str, payload: bytes) -> _SeatsFact | None:
    """The fact that names parties beside others, if it is one."""
    for family in _ABOUT_SEATS:
        if subject.startswith(_family(family.pattern)):
            fact: _SeatsFact = msgspec.json.decode(payload, type=family.message)
            return fact
    return None


def _without_party(fact: _SeatsFact, pnr: Pnr) -> _SeatsFact:
    if isinstance(fact, SeatsReassigned):
        return msgspec.structs.replace(fact, parties=tuple(other for other in fact.parties if other.pnr != pnr))
    if isinstance(fact, SeatsFreed):
        return msgspec.structs.replace(fact, lost_by=tuple(other for other in fact.lost_by if other[0] != pnr))
    return msgspec.structs.replace(fact, parties=tuple(party for party in fact.parties if party != pnr))


def _family(pattern: str) -> str:
    """What every address of the family begins with."""
    return pattern.partition("{")[0]


def _without(text: str, word: Pattern[bytes]) -> str:
    return word.sub(FORGOTTEN.encode(), text.encode()).decode()
