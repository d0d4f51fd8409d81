"""Fares: whether what is offered can be sold. Who made a fare, and whether its price is right, is not judged."""

from collections import defaultdict

from contracts.fares import Fare
from contracts.names import Cabin
from irops.audit.findings import Findings
from irops.audit.seats import Taken
from irops.audit.streams import Streams


def misoffered(streams: Streams, taken: Taken) -> Findings:
    """Flights with an open fare that are not as planned any more by the monitor's word, and flights with more seats open in a
    cabin than the aircraft has beyond those that are `taken`: held by bookings, or kept for offers. A fare that may be on its
    way is not judged."""
    findings = Findings()
    for key, fare in streams.fares.items():
        if not fare.fares or key in streams.fares_on_their_way:
            continue
        flight = streams.flights.get(key)
        if flight is None:
            findings.add(f"{key} has an open fare and is no flight that the monitor knows")
        elif flight.phase != "scheduled":
            findings.add(f"{key} has an open fare and is {flight.phase}")
        else:
            for cabin, seats in _open(fare).items():
                free = max(0, flight.seats.get(cabin, 0) - taken.get(key, {}).get(cabin, 0))
                if seats > free:
                    findings.add(f"{key} has {seats} seats open in {cabin}, of {free} that are free")
    return findings


def _open(fare: Fare) -> dict[Cabin, int]:
    """The most seats that can be bought at once in each cabin."""
    most: defaultdict[Cabin, int] = defaultdict(int)
    for each in fare.fares:
        most[each.cabin] = max(most[each.cabin], each.seats)
    return dict(most)
