"""How long to wait before asking again, and what an endpoint says about that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

_LONGEST = 24 * 3600
"""Seconds: what is asked for beyond that is not waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Twice as long each time, half of it random, so that those who failed together don't come back together."""

    attempts: int = 4
    """How often one thing is asked at most."""
    first: timedelta = timedelta(milliseconds=250)
    most: timedelta = timedelta(seconds=8)

    def wait(self, attempt: int, *, told: timedelta | None, jitter: float) -> timedelta | None:
        """The pause after the `attempt`th (from 1) failed, or None when that was the last. `told` is what the endpoint asked
        for: never less than that. `jitter`: from 0 to 1."""
        if attempt >= self.attempts:
            return None
        whole = min(self.first * (1 << attempt - 1), self.most)
        return max(whole * (0.5 + jitter / 2), told or timedelta(0))


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """What `Retry-After` asks for (RFC 9110, 10.2.3): seconds, or a date, which is reckoned from the response's own `Date`.
    None where there is none, or none that makes sense. `headers` has lower-case names."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdecimal():
        return timedelta(seconds=min(int(told[:6]), _LONGEST))
    try:
        wait: timedelta = parsedate_to_datetime(told) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):  # no date, or one with a zone and one without, or none that can be
        return None
    return max(wait, timedelta(0))
