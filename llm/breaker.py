"""A circuit breaker: an endpoint that keeps failing, or that no question can use, is not called for a while.

    closed --(`failures` in a row, or one no retry can fix)--> open --(pause over)--> one trial call --(works)--> closed
                                                                ^-------------------(fails)--'

Only failures of the endpoint count. A useless answer comes from an endpoint that works.
"""

from datetime import timedelta


class Breaker:
    """`now` is seconds on a monotonic clock throughout."""

    def __init__(self, *, failures: int, pause: timedelta) -> None:
        self._limit = failures
        self._pause = pause.total_seconds()
        self._in_a_row = 0
        self._opened: float | None = None
        self._trial = False
        self._why = ""

    @property
    def why(self) -> str:
        """Why it opened; empty while it is closed. It stays until a call succeeds, through every trial."""
        return self._why if self._opened is not None else ""

    def is_open(self, now: float) -> bool:
        """Whether a call would be turned away now."""
        return self._opened is not None and (self._trial or now - self._opened < self._pause)

    def admits(self, now: float) -> bool:
        """Whether a call may be made. An admitted caller reports the outcome with one of the methods below."""
        if self.is_open(now):
            return False
        self._trial = self._opened is not None
        return True

    def succeeded(self) -> None:
        self._in_a_row, self._opened, self._trial = 0, None, False

    def failed(self, now: float, why: str) -> None:
        """The endpoint is in trouble: opens after `failures` in a row."""
        self._in_a_row, self._trial = self._in_a_row + 1, False
        if self._in_a_row >= self._limit:
            self._opened, self._why = now, why

    def unusable(self, now: float, why: str) -> None:
        """The endpoint fails every question alike, as for a wrong key: opens at once."""
        self._in_a_row = max(self._in_a_row, self._limit - 1)
        self.failed(now, why)

    def abandoned(self) -> None:
        """The call ended without saying anything about the endpoint, as when it was cancelled."""
        self._trial = False
