"""A circuit breaker: an endpoint that keeps failing is left alone for a while, so that nobody waits for it in vain.

    closed --(so many failures in a row)--> open --(the pause is over)--> one call tries --(it worked)--> closed
                                              ^------------------------------(it failed)

Only failures of the endpoint count: an answer that makes no sense comes from an endpoint that works.
"""

from datetime import timedelta


class Breaker:
    """`now` is seconds on a clock that never jumps."""

    def __init__(self, *, failures: int, pause: timedelta) -> None:
        self._limit = failures
        self._pause = pause.total_seconds()
        self._in_a_row = 0
        self._opened: float | None = None
        self._trying = False

    def is_open(self, now: float) -> bool:
        """Whether a call would be turned away now."""
        return self._opened is not None and (self._trying or now - self._opened < self._pause)

    def admits(self, now: float) -> bool:
        """Whether a call may be made. Who is told yes must say how it ended, with one of the three methods below."""
        if self.is_open(now):
            return False
        self._trying = self._opened is not None
        return True

    def worked(self) -> None:
        self._in_a_row, self._opened, self._trying = 0, None, False

    def failed(self, now: float) -> None:
        self._in_a_row, self._trying = self._in_a_row + 1, False
        if self._in_a_row >= self._limit:
            self._opened = now

    def unknown(self) -> None:
        """The call ended without saying anything about the endpoint: whoever made it gave it up."""
        self._trying = False
