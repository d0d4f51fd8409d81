"""Counts followed messages, over a window of wall time or from the beginning. Pure: the caller gives the time."""

from collections import Counter, OrderedDict, deque
from datetime import datetime, timedelta
from typing import Any

from bus.operations import Recorded
from contracts.dead import DeadLetter
from contracts.flights import FlightStatus
from contracts.ledger import (
    BookingChanged,
    BookingFact,
    BookingKept,
    BookingStranded,
    JourneyKey,
    JourneyState,
    SeatsDisrupted,
)
from contracts.names import Id, Pnr
from contracts.notices import NoticeFailed, NoticePointless, NoticeSent, NoticeSuperseded
from contracts.reservations import BookingAmended, BookingWithdrawn
from irops.audit import percentile
from irops.live.figures import Counts
from irops.live.news import News

_LATENCIES = 2000
"""Letters that the latency is taken over."""
_RATE_OVER = timedelta(seconds=5)
_OUTCOME: dict[type[BookingFact], JourneyState] = {
    BookingChanged: "rebooked",
    BookingKept: "kept",
    BookingStranded: "stranded",
}


class Tally:
    """`window`: only messages stored within it count, at the time given to `forget`; None: all of them."""

    def __init__(self, window: timedelta | None = None) -> None:
        self.window = window
        self.news = News()
        self.first_cancellation: datetime | None = None
        """When the first disruption by a cancelled flight was stored; likewise the first rebooking. Never forgotten."""
        self.first_rebooking: datetime | None = None
        self._statuses: deque[datetime] = deque()
        self._disruptions: deque[datetime] = deque()
        self._notices: deque[datetime] = deque()
        self._superseded: deque[datetime] = deque()
        self._pointless: deque[datetime] = deque()
        self._undelivered: OrderedDict[tuple[Pnr, Id], datetime] = OrderedDict()
        """When the last attempt at each failed, oldest first."""
        self._dead: deque[datetime] = deque()
        self._outcomes: OrderedDict[JourneyKey, tuple[datetime, JourneyState]] = OrderedDict()
        """By journey, oldest first."""
        self._marked: dict[JourneyKey, None] = {}
        self._fed: OrderedDict[str, datetime] = OrderedDict()
        """When the status that began a trace was stored, oldest first."""
        self._latencies: deque[tuple[datetime, float]] = deque(maxlen=_LATENCIES)

    # Messages, in the order of their streams.

    def status(self, recorded: Recorded[FlightStatus]) -> None:
        self._statuses.append(recorded.stored_at)
        self._fed[recorded.trace] = recorded.stored_at

    def disrupted(self, recorded: Recorded[SeatsDisrupted]) -> None:
        self._disruptions.append(recorded.stored_at)
        self.news.disrupted(recorded.message)
        if recorded.message.kind == "cancelled" and self.first_cancellation is None:
            self.first_cancellation = recorded.stored_at

    def answered(self, recorded: Recorded[Any]) -> None:
        """A `BookingFact`."""
        fact: BookingFact = recorded.message
        outcome = _OUTCOME[type(fact)]
        journey = fact.pnr, fact.journey
        if outcome == "kept" and self._outcomes.get(journey, (None, ""))[1] == "rebooked":
            outcome = "rebooked"  # it keeps the trip that it was rebooked to, as its state says
        self._outcomes[journey] = (recorded.stored_at, outcome)
        self._outcomes.move_to_end(journey)
        self._marked.pop(journey, None)
        if fact.marks:
            self._marked[journey] = None
        self.news.answered(fact)
        if outcome == "rebooked" and self.first_rebooking is None:
            self.first_rebooking = recorded.stored_at

    def taken_back(self, recorded: Recorded[Any]) -> None:
        """A `BookingAmended` or `BookingWithdrawn`: its journeys are not as the facts before it have them."""
        fact: BookingAmended | BookingWithdrawn = recorded.message
        for amended in fact.journeys:
            journey = fact.pnr, amended.number
            self._outcomes.pop(journey, None)
            self._marked.pop(journey, None)

    def sent(self, recorded: Recorded[NoticeSent]) -> None:
        self._undelivered.pop((recorded.message.pnr, recorded.message.id), None)
        self._notices.append(recorded.stored_at)
        began = self._fed.get(recorded.trace)
        if began is not None:
            self._latencies.append((recorded.stored_at, (recorded.stored_at - began) / timedelta(milliseconds=1)))

    def superseded(self, recorded: Recorded[NoticeSuperseded]) -> None:
        self._undelivered.pop((recorded.message.pnr, recorded.message.id), None)
        self._superseded.append(recorded.stored_at)

    def pointless(self, recorded: Recorded[NoticePointless]) -> None:
        self._undelivered.pop((recorded.message.pnr, recorded.message.id), None)
        self._pointless.append(recorded.stored_at)

    def failed(self, recorded: Recorded[NoticeFailed]) -> None:
        of = (recorded.message.pnr, recorded.message.id)
        self._undelivered[of] = recorded.stored_at
        self._undelivered.move_to_end(of)

    def dead(self, recorded: Recorded[DeadLetter]) -> None:
        self._dead.append(recorded.stored_at)

    # Figures.

    def forget(self, now: datetime) -> None:
        """Drop what the window, which ends at `now` (wall clock), does not cover any more."""
        if self.window is None:
            return
        since = now - self.window
        for moments in (
            self._statuses,
            self._disruptions,
            self._notices,
            self._superseded,
            self._pointless,
            self._dead,
        ):
            while moments and moments[0] < since:
                moments.popleft()
        while self._latencies and self._latencies[0][0] < since:
            self._latencies.popleft()
        while self._fed and next(iter(self._fed.values())) < since:
            self._fed.popitem(last=False)
        while self._undelivered and next(iter(self._undelivered.values())) < since:
            self._undelivered.popitem(last=False)
        while self._outcomes and next(iter(self._outcomes.values()))[0] < since:
            journey, _ = self._outcomes.popitem(last=False)
            self._marked.pop(journey, None)

    def counts(self, now: datetime) -> Counts:
        """`now`: the wall clock, for the rate."""
        latencies = [latency for _, latency in self._latencies]
        return Counts(
            statuses=len(self._statuses),
            rate=self._rate(now),
            disruptions=len(self._disruptions),
            outcomes=dict(Counter(outcome for _, outcome in self._outcomes.values())),
            notices=len(self._notices),
            superseded=len(self._superseded),
            pointless=len(self._pointless),
            undelivered=len(self._undelivered),
            marked=len(self._marked),
            dead=len(self._dead),
            latency_ms=(percentile(latencies, 0.5), percentile(latencies, 0.99)) if latencies else None,
            news=self.news.lines(),
        )

    def _rate(self, now: datetime) -> float:
        since, recent = now - _RATE_OVER, 0
        for stored in reversed(self._statuses):
            if stored < since:
                break
            recent += 1
        return recent / _RATE_OVER.total_seconds()
