"""The streams, and how long each keeps its messages."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream's configuration. Every stream accepts atomic batches and keeps the last message of each subject: facts have
    subjects of their own. Only a stream that feeds write to keeps every message."""

    name: str
    subjects: tuple[str, ...]
    what: str
    max_age: timedelta | None = None
    """Older messages are removed; None: never."""
    every_message: bool = False
    """All messages of a subject are kept, not only the latest."""
    holds: Literal["", "feed", "plans", "notices", "dead letters"] = ""
    """The class of its messages, by which an operator may set another age; empty: its age is not a setting."""

    def overlaps(self, other: "Stream") -> list[tuple[str, str]]:
        """The pairs of a subject of this one and one of the other's that some message would have: a server allows no such
        streams side by side."""
        return [
            (mine, its) for mine in self.subjects for its in other.subjects if _meet(mine.split("."), its.split("."))
        ]


def _meet(one: list[str], other: list[str]) -> bool:
    """Whether some subject matches both filters, given as tokens. `*` is any token, and a last `>` one or more."""
    if not one or not other:
        return not one and not other
    if ">" in (one[0], other[0]):
        return True
    return (one[0] == other[0] or "*" in (one[0], other[0])) and _meet(one[1:], other[1:])


_OUTAGE = timedelta(days=14)
"""Longer than the longest tolerated outage: a fact that has not been heard by then is lost."""

STREAMS: tuple[Stream, ...] = (
    Stream(
        "FEED",
        ("feed.>", "weather.>"),
        "raw facts as they arrived",
        max_age=timedelta(hours=48),
        every_message=True,
        holds="feed",
    ),
    Stream("LAYOUTS", ("layout.>",), "which seats an aircraft has, by number"),
    Stream("FLIGHTS", ("flight.>",), "the state of each flight, and its changes"),
    Stream(
        "LEDGER",
        (
            "ledger.>",
            "seats.>",
            "booking.>",
            "plan.refused.>",
            "policy.>",
            "request.done.>",
            "request.refused.>",
            "offer.refused.>",
            "payment.>",
        ),
        "seats, bookings, rules, quotes, and facts about them",
    ),
    Stream("PLANS", ("plan.proposed.>",), "proposed plans", max_age=_OUTAGE, holds="plans"),
    Stream(
        "REQUESTS",
        ("request.made.>", "offer.answered.>"),
        "what customers ask of the booker, and answers to offers",
        max_age=_OUTAGE,
        holds="plans",
    ),
    Stream("NOTICES", ("notice.>",), "the outcome of each notice", max_age=_OUTAGE, holds="notices"),
    Stream("FARES", ("fare.>",), "the open fares of each flight"),
    Stream("CARE", ("care.>",), "what is owed to disrupted parties, and by which rule"),
    Stream("CLOCK", ("clock.>",), "event time"),
    Stream("DEAD", ("dead.>",), "messages that could not be handled", holds="dead letters"),
)
