"""How long to wait before a retry, and what an endpoint asks for in `Retry-After`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

_LONGEST = 24 * 3600
"""Seconds. A longer `Retry-After` counts as this long, which is past every deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Exponential backoff with equal jitter: half of each pause is random, so that calls which failed together spread out."""

    attempts: int = 4
    """At most, the first included."""
    first: timedelta = timedelta(milliseconds=250)
    most: timedelta = timedelta(seconds=8)

    def wait(self, attempt: int, *, requested: timedelta | None, jitter: float) -> timedelta | None:
        """The pause after the `attempt`th failure, counted from 1; None after the last attempt.

        `requested`: the endpoint's `Retry-After`, a lower bound. `jitter`: from 0 to 1.
        """
        if attempt >= self.attempts:
            return None
        whole = min(self.first * (1 << attempt - 1), self.most)
        return max(whole * (0.5 + jitter / 2), requested or timedelta(0))


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """The pause in `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, read against the response's own `Date`.

    None if it is absent or malformed. Names in `headers` are in lower case.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=min(int(value[:6]), _LONGEST))
    try:
        wait: timedelta = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):  # no date, one with a zone and one without, or one out of range
        return None
    return max(wait, timedelta(0))
