"""Follows a running system: every message once, with one consumer per stream; and the agents' STATS every two seconds.

What is stored is never asked for again and again; see `bus.operations.Watch`.
"""

from collections import Counter
from datetime import datetime

from bus import Bus
from bus.operations import Watch, discover
from contracts.dead import DEAD_LETTER
from contracts.flights import FLIGHT_STATUS
from contracts.ledger import BOOKING_CHANGED, BOOKING_KEPT, BOOKING_STRANDED, SEATS_DISRUPTED
from contracts.notices import NOTICE_FAILED, NOTICE_POINTLESS, NOTICE_SENT, NOTICE_SUPERSEDED
from contracts.reservations import BOOKING_AMENDED, BOOKING_WITHDRAWN
from irops.live.figures import Reports
from irops.live.tally import Tally
from irops.system.models import ModelUse, model_use
from irops.system.positions import sequence_before


class Follow:
    """Feeds a `Tally` from the streams, and keeps the agents' latest reports."""

    def __init__(self, bus: Bus, tally: Tally) -> None:
        self.tally = tally
        self.model = ModelUse()
        self.reports = Reports()
        self.lags: list[tuple[float, float]] = []
        """Each p50 and p99 of view lag, ms, that a planner reported."""
        self._bus = bus
        self._watch = Watch(bus.nc)

    async def start(self, since: datetime | None = None) -> None:
        """Begin with messages stored at `since` (wall clock) or later, and return once those that are stored have been
        counted; None: with the next message. Raises `ApiError` where a stream does not exist, and `Unavailable`."""
        streams = (FLIGHT_STATUS, SEATS_DISRUPTED, NOTICE_SENT, DEAD_LETTER)
        after = {s.stream: await sequence_before(self._bus, s.stream, since) if since else None for s in streams}
        feed, ledger, notices = (after[s.stream] for s in (FLIGHT_STATUS, SEATS_DISRUPTED, NOTICE_SENT))
        self._watch.add(FLIGHT_STATUS, self.tally.status, after=feed)
        self._watch.add(SEATS_DISRUPTED, self.tally.disrupted, after=ledger)
        self._watch.add(BOOKING_CHANGED, self.tally.answered, after=ledger)
        self._watch.add(BOOKING_KEPT, self.tally.answered, after=ledger)
        self._watch.add(BOOKING_STRANDED, self.tally.answered, after=ledger)
        self._watch.add(BOOKING_AMENDED, self.tally.taken_back, after=ledger)
        self._watch.add(BOOKING_WITHDRAWN, self.tally.taken_back, after=ledger)
        self._watch.add(NOTICE_SENT, self.tally.sent, after=notices)
        self._watch.add(NOTICE_SUPERSEDED, self.tally.superseded, after=notices)
        self._watch.add(NOTICE_POINTLESS, self.tally.pointless, after=notices)
        self._watch.add(NOTICE_FAILED, self.tally.failed, after=notices)
        self._watch.add(DEAD_LETTER, self.tally.dead, after=after[DEAD_LETTER.stream])
        await self._watch.start()

    async def stop(self) -> None:
        await self._watch.stop()

    async def ask(self) -> None:
        """Ask the agents for their reports."""
        found = await discover(self._bus.nc)
        if not found:
            self.reports = Reports()
            return
        self.model = model_use(found)
        lags = [i.stats["view_lag_ms"] for i in found if i.agent == "planner" and i.stats.get("view_lag_ms")]
        if lags:
            self.lags.append((max(p50 for p50, _ in lags), max(p99 for _, p99 in lags)))
        self.reports = Reports(
            agents=dict(sorted(Counter(instance.agent for instance in found).items())),
            lag_ms=self.lags[-1] if lags else None,
            model=self.model.in_words if self.model.names else "",
            trouble=self.model.trouble,
        )
