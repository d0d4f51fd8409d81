"""The brakes as the planner knows them, which spares it work: the booker is the one that enforces them."""

from datetime import datetime

from bus import Bus, View
from contracts.brakes import BRAKED, BRAKES, BrakedJourney, Brakes
from contracts.ledger import Journey, JourneyKey


class BrakesKnown:
    def __init__(self, bus: Bus) -> None:
        self._brakes: View[Brakes, Brakes] = bus.view(BRAKES, lambda brakes, _revision, _at: brakes)
        self._waiting: View[BrakedJourney, BrakedJourney] = bus.view(BRAKED, lambda entry, _revision, _at: entry)

    def is_on(self, journey: Journey | None, now: datetime) -> bool:
        """Whether nothing is decided about this journey now."""
        seen = self._brakes.get(BRAKES.pattern)
        return seen is not None and journey is not None and seen.value.on(journey, now) is not None

    def put_aside(self, journey: JourneyKey) -> bool:
        """Whether it waits for a brake, or for its turn: it will be planned then."""
        if not len(self._waiting):
            return False
        seen = self._waiting.get(BRAKED.key(pnr=journey[0], journey=journey[1]).name)
        return seen is not None and seen.value.called_at is None
