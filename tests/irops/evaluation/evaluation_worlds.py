"""A valid case file for tests to modify."""

import json
from typing import Any

from irops.evaluation.case import Case
from irops.evaluation.reading import read_case

DAY = "2013-02-08"


def written(*, origin: str = "JFK", to: str = "MCO", number: int = 1) -> dict[str, Any]:
    """A cancelled flight, two later ones, and a party that must arrive before six."""
    ticketed, sooner, later = (f"B6.{number + i}.{origin}.{DAY}" for i in range(3))
    return {
        "why": "To be modified.",
        "starts": "2013-02-07 12:00",
        "flights": [
            _flight(ticketed, to, "12:00", "15:00"),
            _flight(sooner, to, "13:00", "16:00"),
            _flight(later, to, "17:00", "20:00"),
        ],
        "bookings": [
            {
                "pnr": "ANA",
                "flights": [ticketed],
                "party": {"remark": "Must be there before six."},
                "expect": {
                    "wishes": {"arrive_by": f"{DAY} 18:00"},
                    "options": [[sooner]],
                    "ledger": {"state": "rebooked"},
                },
            }
        ],
        "happens": [{"at": f"{DAY} 09:00", "flight": ticketed, "cancelled": True}],
    }


def _flight(flight: str, to: str, departs: str, arrives: str) -> dict[str, Any]:
    seats = {"economy": 4}
    return {
        "flight": flight,
        "destination": to,
        "departs": f"{DAY} {departs}",
        "arrives": f"{DAY} {arrives}",
        "seats": seats,
    }


def case(name: str, **facts: Any) -> Case:
    return read_case(name, text(written(**facts)))


def text(of: dict[str, Any]) -> bytes:
    return json.dumps(of, indent=1).encode()
