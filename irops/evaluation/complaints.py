"""What is wrong with a case file, in one line: the file, the line or the field, and what is wanted there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec


class BadCase(ValueError):
    """A file that is no case. Of a whole folder, a line for each such file."""


class Wrong(Exception):
    """`field`: where it is in the file, as far as whoever raises it knows; `within` has the rest."""

    def __init__(self, field: str, value: object, wanted: str) -> None:
        super().__init__(f"{field} is {msgspec.json.encode(value).decode()}: wanted {wanted}")


@contextmanager
def within(place: str) -> Iterator[None]:
    """What is wrong inside is named from further up in the file."""
    try:
        yield
    except Wrong as wrong:
        wrong.args = (f"{place}.{wrong}",)
        raise


def line_of(text: bytes, failure: str) -> str:
    """`:12`: where msgspec says that it is no JSON; the last line where something is missing at the end."""
    at = re.search(r"\(byte (\d+)\)", failure)
    upto = int(at[1]) if at else len(text.rstrip())
    return f":{text[:upto].count(10) + 1}"
