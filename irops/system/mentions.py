"""Where the streams name a party: in subjects, headers and payloads, as whole words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from re import Pattern

import msgspec

from bus import Bus
from bus.operations import Raw, provisioned, stored
from contracts.dead import DEAD_LETTER, DeadLetter
from contracts.ledger import SEAT_LEDGER, SEATS_DISRUPTED, SeatsDisrupted
from contracts.names import FlightKey, Pnr

FORGOTTEN = "(forgotten)"
"""What stands in a text in the place of a PNR."""


@dataclass(slots=True)
class Mentions:
    """Messages that name one party, by what can be done about them."""

    subjects: dict[str, dict[str, int]] = field(default_factory=dict)
    """By stream: addresses with the PNR as a token, which are about this party alone, with the last sequence of each."""
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
            if pnr in raw.subject.split("."):
                found.subjects.setdefault(stream, {})[raw.subject] = raw.sequence
            elif stream == DEAD_LETTER.stream:  # whose payloads are base64
                letter = msgspec.json.decode(raw.data, type=DeadLetter)
                if redacted(letter, pnr) != letter:
                    found.letters.append((letter, raw.sequence))
            elif _names(raw, pnr.encode(), word):
                _sort(raw, stream, found)
    return found


def redacted(letter: DeadLetter, pnr: Pnr) -> DeadLetter | None:
    """The letter without the party; None if its message is about this party alone or can't be rewritten."""
    word = _word(pnr)
    payload = letter.payload
    if pnr in letter.subject.split("."):
        return None
    if word.search(payload):
        if not letter.subject.startswith(_family(SEATS_DISRUPTED.pattern)):
            return None
        fact = msgspec.json.decode(payload, type=SeatsDisrupted)
        payload = msgspec.json.encode(
            msgspec.structs.replace(fact, parties=tuple(party for party in fact.parties if party != pnr))
        )
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


def _names(raw: Raw, pnr: bytes, word: Pattern[bytes]) -> bool:
    texts = (raw.data, *(value.encode() for value in raw.headers.values()))
    return any(pnr in text and word.search(text) for text in texts)


def _sort(raw: Raw, stream: str, found: Mentions) -> None:
    families = (_family(SEAT_LEDGER.pattern), _family(SEATS_DISRUPTED.pattern))
    if raw.subject.startswith(families):
        found.flights.add(".".join(raw.subject.split(".")[2:6]))
    else:
        found.others.append(f"{raw.subject} ({stream} {raw.sequence})")


def _family(pattern: str) -> str:
    """What every address of the family begins with."""
    return pattern.partition("{")[0]


def _without(text: str, word: Pattern[bytes]) -> str:
    return word.sub(FORGOTTEN.encode(), text.encode()).decode()
