"""Instants by key, of which the earliest is always known: what an agent keeps for its `Timer`."""

from collections.abc import Mapping
from datetime import datetime
from heapq import heappop, heappush


class Deadlines:
    """At most one instant (event time) for each key. Setting one and reading the earliest take O(log n).

    A view fills it: `bus.view(subject, keep, changed=...)` calls `set` with the instant that the new state asks for.
    """

    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []
        """Every instant of `_at`, and some that have been replaced since."""

    def __len__(self) -> int:
        return len(self._at)

    def set(self, key: str, at: datetime | None) -> None:
        """Replaces the key's instant; None: the key has none any more."""
        if self._at.get(key) == at:
            return
        if at is None:
            del self._at[key]
        else:
            self._at[key] = at
            heappush(self._heap, (at, key))

    def earliest(self) -> datetime | None:
        """The `next` of a `Timer`."""
        while self._heap and self._at.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, now: datetime) -> Mapping[str, datetime]:
        """The keys whose instant has come, in the order of (instant, key), each with its instant. They stay until `set` says
        otherwise: what was not done is due again."""
        found: dict[str, datetime] = {}
        while (earliest := self.earliest()) is not None and earliest <= now:
            at, key = heappop(self._heap)
            found[key] = at
        for key, at in found.items():
            heappush(self._heap, (at, key))
        return found
