"""The facts that the booker publishes."""

from typing import Any

from msgspec import Struct

from bus import Cause, Delivery, Fact
from contracts.brakes import BRAKE_ENDED, BRAKE_SET
from contracts.ledger import (
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    JOURNEY_AFFECTED,
    SEATS_DISRUPTED,
    SEATS_FREED,
    SEATS_REASSIGNED,
)
from contracts.offers import ANSWER_REFUSED, TRIP_OFFERED
from contracts.plans import PLAN_REFUSED
from contracts.requests import PAYMENT_DUE, REQUEST_DONE, REQUEST_REFUSED
from contracts.reservations import BOOKING_AMENDED, BOOKING_CONTRADICTED, BOOKING_WITHDRAWN
from contracts.rules import RULES_ADOPTED
from contracts.subject import Addressed, Subject

FACTS: tuple[Subject[Any], ...] = (
    SEATS_DISRUPTED,
    SEATS_FREED,
    SEATS_REASSIGNED,
    BOOKING_CHANGED,
    BOOKING_KEPT,
    BOOKING_STRANDED,
    TRIP_OFFERED,
    ANSWER_REFUSED,
    JOURNEY_AFFECTED,
    PLAN_REFUSED,
    RULES_ADOPTED,
    BOOKING_AMENDED,
    BOOKING_WITHDRAWN,
    BOOKING_CONTRADICTED,
    REQUEST_DONE,
    REQUEST_REFUSED,
    PAYMENT_DUE,
    BRAKE_SET,
    BRAKE_ENDED,
)
_SUBJECTS = {subject.message: subject for subject in FACTS}


def fact_of(message: Struct, cause: Delivery[Any] | Cause | None) -> Fact:
    """The message as a fact that follows from this."""
    addressed: Addressed[Any] = _SUBJECTS[type(message)].of(message)
    return Fact(addressed, cause)
