"""Lines of bookings: in the forms in which systems write them."""

import json
from typing import Any

from contracts.ledger import Booking
from irops.lines.bookings import parse_bookings
from irops.lines.json_lines import Bad, Good

LINE: dict[str, Any] = {
    "party": {"passengers": 1, "seats": 1, "cabin": "economy"},
    "ticket": {
        "origin": "JFK",
        "destination": "SFO",
        "departs": "2013-02-08T17:00:00Z",
        "arrives": "2013-02-08T23:00:00Z",
        "flights": ["B6.1.JFK.2013-02-08"],
    },
    "legs": [],
    "record": {"carrier": "DAL", "locator": "QX7K2M", "created_on": "2013-01-17"},
}


def parsed(line: dict[str, Any]) -> Good[Booking] | Bad:
    (only,) = parse_bookings([(1, json.dumps(line).encode())])
    return only


def test_a_record_stands_for_the_pnr() -> None:
    """A line may give either, or both; with journeys or without."""
    journeys = [{"ticket": LINE["ticket"], "legs": LINE["legs"]}]
    whole = {"party": LINE["party"], "record": LINE["record"], "journeys": journeys}
    for line in (LINE, whole):
        for given, wanted in ((line, "DL-QX7K2M-20130117"), ({**line, "pnr": "MINE"}, "MINE")):
            read = parsed(given)
            assert isinstance(read, Good)
            assert (read.message.pnr, read.message.reference) == (wanted, "QX7K2M")


def test_a_record_that_is_none_is_explained() -> None:
    """No name stands in the line's place in the report."""
    read = parsed({**LINE, "record": {"carrier": "DL", "locator": "Ana Lee", "created_on": "17 January"}})
    assert isinstance(read, Bad)
    assert "record.locator: wanted a record locator: five to eight capital letters and digits" in read.reason
    assert 'record.created_on: wanted a date such as 2013-01-17, not "17 January"' in read.reason
    assert "Ana" not in read.reason


def test_a_line_without_pnr_and_record_lacks_a_pnr() -> None:
    """It is refused."""
    read = parsed({name: value for name, value in LINE.items() if name != "record"})
    assert isinstance(read, Bad)
    assert read.reason.startswith("pnr is missing")
