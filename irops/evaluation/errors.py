"""Errors in case files, each in one line: the file, the line or field, and what is wanted there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec


class BadCase(ValueError):
    """A file that is not a case. For a folder: a line for each such file."""


class Wrong(Exception):
    """A wrong value. `field`: its place, relative to the enclosing `within`."""

    def __init__(self, field: str, value: object, wanted: str) -> None:
        super().__init__(f"{field} is {msgspec.json.encode(value).decode()}: wanted {wanted}")


@contextmanager
def within(place: str) -> Iterator[None]:
    """Prefixes the place of an error inside with `place`."""
    try:
        yield
    except Wrong as wrong:
        wrong.args = (f"{place}.{wrong}",)
        raise


def line_of(text: bytes, failure: str) -> str:
    """`:12`, the line of a JSON error by msgspec; the last line if something is missing at the end."""
    at = re.search(r"\(byte (\d+)\)", failure)
    upto = int(at[1]) if at else len(text.rstrip())
    return f":{text[:upto].count(10) + 1}"
