"""What is seen of a replay while it runs: read off the streams, a look at a time, and asked of the agents."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bus import Bus
from bus.clock import monotonic
from bus.operations import discover
from contracts.flights import FLIGHT_STATUS
from contracts.ledger import BOOKING, SEATS_DISRUPTED, BookingState
from contracts.names import Pnr
from contracts.notices import NOTICE_SENT, NOTICE_SUPERSEDED
from irops.audit import percentile
from irops.system.models import Asked, asked_of

_RECENT = 2000
"""Notices that the latency on screen is taken over."""
_BURIED = ("undecodable", "rejected", "bugs")


@dataclass(slots=True)
class Seen:
    """The figures on screen."""

    now: datetime
    statuses: int
    """How many the feed has in all."""
    published: int = 0
    rate: float = 0.0
    """Statuses a second of wall time, of late."""
    disruptions: int = 0
    states: Counter[BookingState] = field(default_factory=Counter)
    """Affected parties by what became of them last."""
    notices: int = 0
    superseded: int = 0
    latency_ms: tuple[float, float] | None = None
    """p50 and p99 from feed event to notice, of late."""
    lag_ms: tuple[float, float] | None = None
    """p50 and p99 of the planner's views."""
    dead: int = 0
    working: Counter[str] = field(default_factory=Counter)
    """Instances that answered when last asked, by agent."""
    model: Asked = field(default_factory=Asked)
    """What language models were asked, when the planners were last asked about it."""
    restarts: int = 0
    last_death: str = ""


class Watch:
    """Looks at a running replay from the LEDGER sequence at which it began."""

    def __init__(self, bus: Bus, *, statuses: int, from_ledger: int, restarts: Callable[[], int]) -> None:
        self.seen = Seen(now=bus.now(), statuses=statuses)
        self.first_cancelled_at: float | None = None
        """Monotonic seconds at which the first closed flight was seen; likewise the first rebooking."""
        self.first_rebooked_at: float | None = None
        self.lags: list[tuple[float, float]] = []
        """Every p50 and p99 the planner told."""
        self._bus = bus
        self._restarts = restarts
        self._ledger = {BOOKING.pattern: from_ledger, SEATS_DISRUPTED.pattern: from_ledger}
        self._feed = self._notices = self._superseded = 0
        self._party: dict[Pnr, BookingState] = {}
        self._published_at: dict[str, datetime] = {}
        self._latencies: deque[float] = deque(maxlen=_RECENT)
        self._rates: deque[tuple[float, int]] = deque(maxlen=10)

    @property
    def rebooked_after_s(self) -> float | None:
        """Wall seconds from the first closed flight seen to the first rebooking seen; as fine as the looks are."""
        if self.first_cancelled_at is None or self.first_rebooked_at is None:
            return None
        return round(max(self.first_rebooked_at - self.first_cancelled_at, 0.0), 1)

    def seen_after(self, began: float) -> float | None:
        """Wall seconds from `began` (monotonic) to the first rebooking seen."""
        return None if self.first_rebooked_at is None else round(self.first_rebooked_at - began, 1)

    async def look(self) -> None:
        """Brings the figures up to date."""
        seen = self.seen
        seen.now, seen.restarts = self._bus.now(), self._restarts()
        async for status in self._bus.history(FLIGHT_STATUS, after=self._feed):
            self._feed = status.sequence
            self._published_at[status.trace] = status.stored_at
            seen.published += 1
        self._rates.append((monotonic(), seen.published))
        (since, then), (until, now) = self._rates[0], self._rates[-1]
        seen.rate = (now - then) / (until - since) if until > since else 0.0
        async for disrupted in self._bus.history(SEATS_DISRUPTED, after=self._ledger[SEATS_DISRUPTED.pattern]):
            self._ledger[SEATS_DISRUPTED.pattern] = disrupted.sequence
            seen.disruptions += 1
            if disrupted.message.kind == "cancelled" and self.first_cancelled_at is None:
                self.first_cancelled_at = monotonic()
        async for booking in self._bus.history(BOOKING, after=self._ledger[BOOKING.pattern]):
            self._ledger[BOOKING.pattern] = booking.sequence
            self._party[booking.message.pnr] = booking.message.state
            if booking.message.state == "rebooked" and self.first_rebooked_at is None:
                self.first_rebooked_at = monotonic()
        seen.states = Counter(self._party.values())
        await self._look_at_notices()

    async def _look_at_notices(self) -> None:
        seen = self.seen
        async for notice in self._bus.history(NOTICE_SENT, after=self._notices):
            self._notices = notice.sequence
            seen.notices += 1
            if notice.trace in self._published_at:
                self._latencies.append(
                    (notice.stored_at - self._published_at[notice.trace]) / timedelta(milliseconds=1)
                )
        async for superseded in self._bus.history(NOTICE_SUPERSEDED, after=self._superseded):
            self._superseded = superseded.sequence
            seen.superseded += 1
        if self._latencies:
            recent = sorted(self._latencies)
            seen.latency_ms = (percentile(recent, 0.5), percentile(recent, 0.99))

    async def ask(self) -> None:
        """Asks the agents how they are."""
        there = await discover(self._bus.nc)
        self.seen.model = asked_of(there) if there else self.seen.model
        self.seen.working = Counter(instance.agent for instance in there)
        lags = [i.stats["view_lag_ms"] for i in there if i.agent == "planner" and i.stats.get("view_lag_ms")]
        if lags:
            self.seen.lag_ms = (max(p50 for p50, _ in lags), max(p99 for _, p99 in lags))
            self.lags.append(self.seen.lag_ms)
        self.seen.dead = sum(i.stats["outcomes"].get(end, 0) for i in there if i.stats for end in _BURIED)
