"""The streams, and how long each remembers."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream's promise. Every stream takes atomic batches and keeps one message per subject (facts have subjects of
    their own), but where feeds write the same subject again and again."""

    name: str
    subjects: tuple[str, ...]
    what: str
    max_age: timedelta | None = None
    """Messages older than this are forgotten; None: never."""
    every_message: bool = False
    """All messages of a subject are kept, not only the latest."""
    holds: Literal["", "feed", "plans", "notices", "dead letters"] = ""
    """The class of its messages, by which an operator may set another age; empty: its age is not a setting."""


_OUTAGE = timedelta(days=14)
"""Longer than the longest outage we tolerate: facts that nobody has heard by then are gone."""

STREAMS: tuple[Stream, ...] = (
    Stream(
        "FEED",
        ("feed.>", "weather.>"),
        "raw facts as they arrived",
        max_age=timedelta(hours=48),
        every_message=True,
        holds="feed",
    ),
    Stream("FLIGHTS", ("flight.>",), "each flight as it is, and what changed"),
    Stream("LEDGER", ("ledger.>", "seats.>", "booking.>", "plan.refused.>"), "seats, bookings, and facts about them"),
    Stream("PLANS", ("plan.proposed.>",), "proposals", max_age=_OUTAGE, holds="plans"),
    Stream("NOTICES", ("notice.>",), "what people were told", max_age=_OUTAGE, holds="notices"),
    Stream("CLOCK", ("clock.>",), "the time everyone goes by"),
    Stream("DEAD", ("dead.>",), "what could not be handled", holds="dead letters"),
)
