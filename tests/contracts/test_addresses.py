"""Subjects, streams and names fit together."""

from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.flights import FLIGHT
from contracts.names import FlightKey, carrier_of, day_of, flight_key, origin_of, spoken
from contracts.streams import STREAMS
from contracts.subject import Subject
from irops.catalogue.pages import pages
from tests.contracts.examples import EXAMPLES

SUBJECTS: list[Subject[Any]] = [address.subject for page in pages() for address in page.addresses]
every_subject = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.pattern)


@every_subject
def test_a_message_fills_its_own_address(subject: Subject[Any]) -> None:
    """Each token of a pattern is a field of its message, and a key made from the same values is the same address."""
    (message,) = (example for example in EXAMPLES if type(example) is subject.message)
    addressed = subject.of(message)
    assert addressed.name == subject.key(**{field: getattr(message, field) for field in subject.fields}).name
    assert addressed.stream == subject.stream


@every_subject
def test_a_subject_is_stored_by_the_stream_it_names_and_by_no_other(subject: Subject[Any]) -> None:
    """Otherwise a message would be stored twice, or never."""
    storing = [s.name for s in STREAMS if any(matches(subject.filter, family) for family in s.subjects)]
    assert storing == ([subject.stream] if subject.stream else [])


def test_no_two_families_share_an_address() -> None:
    """A consumer of one family never gets the messages of another."""
    filters = [subject.filter for subject in SUBJECTS]
    shared = [(one, other) for one in filters for other in filters if one != other and overlap(one, other)]
    assert shared == []
    assert len(set(filters)) == len(filters)


def matches(name: str, family: str) -> bool:
    """Whether every address that matches `name` is in a family that ends in `>`."""
    assert family.endswith(".>")
    return name.startswith(family[:-1])


def overlap(one: str, other: str) -> bool:
    first, second = one.split("."), other.split(".")
    return len(first) == len(second) and all("*" in (a, b) or a == b for a, b in zip(first, second, strict=True))


carriers = st.from_regex(r"[A-Z0-9]{2,3}", fullmatch=True)
numbers = st.from_regex(r"[0-9]{1,4}[A-Z]?", fullmatch=True)
airports = st.from_regex(r"[A-Z]{3}", fullmatch=True)
days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(carriers, numbers, airports, days)
def test_a_flight_key_gives_back_its_parts(carrier: str, number: str, origin: str, day: date) -> None:
    """It fills four tokens of an address."""
    key = flight_key(carrier, number, origin, day)
    assert (carrier_of(key), origin_of(key), day_of(key), spoken(key)) == (carrier, origin, day, f"{carrier} {number}")
    assert msgspec.convert(key, FlightKey) == key
    assert FLIGHT.key(flight=key).name == f"flight.state.{key}"
