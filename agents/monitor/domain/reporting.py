"""What a status says that is new to the state."""

from agents.monitor.domain.lifecycle import AWAY, Report, Row
from agents.monitor.domain.times import TURNAROUND, last_departure
from contracts.flights import Flight, FlightStatus
from contracts.names import Airport, origin_of


def row_of(flight: Flight) -> Row:
    """The flight's row in the table."""
    returning = flight.phase == "diverted" and flight.diverted_to == origin_of(flight.flight)
    return "returning" if returning else flight.phase


def report_of(known: Flight, status: FlightStatus) -> Report:
    """What a status, as far as it is believed, says of a flight that is `known`."""
    to = status.diverted_to
    elsewhere = to not in (None, known.destination)
    leaves = is_new_departure(known, status)
    if is_new_arrival(known, status):
        return "arrived" if not elsewhere else "returned" if to == origin_of(known.flight) else "landed"
    if leaves:
        was_at = known.diverted_to if known.phase in ("diverted", "landed") else None
        is_rerouted = to is None and known.phase == "rerouted"
        return "left for elsewhere" if is_rerouted or (elsewhere and to != was_at) else "left"
    if status.cancelled:
        return "cancelled"
    if elsewhere and to not in (known.diverted_to, left_from(known)):
        return "elsewhere"
    if to == known.destination:
        return "as planned"
    return "leaves later" if leaves_later(status) else "nothing new"


def left_from(known: Flight) -> Airport | None:
    """The airport of the stop that a flight has last left, which a feed may repeat; None if it has left none."""
    return known.stops[-1].airport if known.stops and known.stops[-1].left_at and known.phase in AWAY else None


def leaves_later(status: FlightStatus) -> bool:
    """Whether a departure is estimated that is still to come."""
    return status.estimated_departure is not None and status.estimated_departure > status.observed_at


def is_new_departure(known: Flight, status: FlightStatus) -> bool:
    """Whether the status has a departure that the state does not have: the first, or one after a landing elsewhere."""
    at = status.departed_at
    if at is None:
        return False
    match known.phase:
        case "scheduled" | "rerouted" | "cancelled" | "returned":
            return True
        case "departed":
            return False
        case "diverted":
            return at >= last_departure(known) + TURNAROUND
        case "landed":
            return at > known.stops[-1].arrived_at
        case "arrived":
            return at > known.arrives


def is_new_arrival(known: Flight, status: FlightStatus) -> bool:
    """Whether the status has an arrival that the state does not have."""
    at = status.arrived_at
    if at is None:
        return False
    if known.phase == "landed":
        stop = known.stops[-1]
        return at >= stop.arrived_at + TURNAROUND or status.diverted_to not in (None, stop.airport)
    if known.phase == "arrived":
        return status.diverted_to not in (None, known.destination)
    is_corrected = known.phase == "departed" and not known.stops and status.departed_at is not None
    return known.phase not in ("departed", "diverted") or is_corrected or at > last_departure(known)
