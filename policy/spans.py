"""Durations as rule files write them: `3 h`."""

import re
from datetime import timedelta
from typing import Self

_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Span:
    """A duration, in a file a text such as `3 h`, `90 min` or `14 d`."""

    __slots__ = ("length",)

    def __init__(self, length: timedelta) -> None:
        self.length = length

    @classmethod
    def parse(cls, written: object) -> Self:
        """Read it. Raises `ValueError` where it is none; the text says what was wanted."""
        found = re.fullmatch(r"(\d{1,5}) (min|h|d)", written) if isinstance(written, str) else None
        if found is None:
            raise ValueError("wanted a duration such as '3 h', '90 min' or '14 d'")
        return cls(int(found[1]) * _UNITS[found[2]])

    def __repr__(self) -> str:
        return f"Span({self.length})"
