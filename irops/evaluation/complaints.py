"""What is wrong with a case file, in one line: the file, the line or the field, and what is wanted there."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_args

import msgspec

from contracts.judgement import Need
from contracts.ledger import BookingState, Language, SeatPreference, Ssr, Tier
from contracts.names import Airport, Cabin, FlightKey
from irops.evaluation.written import Name

_FORMS = {
    get_args(FlightKey)[1].pattern: "a flight such as B6.1017.JFK.2013-02-08",
    get_args(Airport)[1].pattern: "an airport's code such as JFK",
    get_args(Name)[1].pattern: "a PNR of letters, digits, - and _, at most 30",
}
"""How a complaint has what a name looks like."""
_WORDS: Mapping[str, Any] = {
    "cabin": Cabin,
    "seats": Cabin,
    "state": BookingState,
    "tier": Tier,
    "language": Language,
    "preference": SeatPreference,
    "ssrs": Ssr,
    "needs": Need,
}
"""The closed lists, by the field they are for."""


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


def in_words(failure: str) -> str:
    """msgspec's complaint, the field first."""
    what, _, path = failure.partition(" - at ")
    field = re.sub(r"`|\$\.?|key. in ", "", path)
    for pattern, form in _FORMS.items():
        what = what.replace(f"Expected `str` matching regex {pattern!r}", f"wanted {form}")
    what = what.replace("Expected", "wanted").replace("Object ", "").replace("Invalid", "invalid")
    last = re.sub(r"\[.*?\]", "", field.rpartition(".")[2])
    if "enum value" in what and last in _WORDS:
        what += f": wanted {' or '.join(get_args(_WORDS[last]))}"
    return f"{field}: {what}" if field else what
