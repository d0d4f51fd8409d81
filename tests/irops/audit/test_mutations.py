"""Every mutation of a sound world that wrongs a person is found."""

from collections import Counter
from dataclasses import replace as but

from irops.audit import audit
from tests.irops.audit.audit_world import sound
from tests.irops.audit.harmless import HARMLESS
from tests.irops.audit.mutations import mutations

WORLD = but(sound(), whole=True)


def test_every_mutation_that_wrongs_a_person_is_found() -> None:
    """What is missed is of a kind that has a reason."""
    tried = list(mutations(WORLD))
    missed = Counter(mutation.kind for mutation in tried if audit(mutation.streams).clean)
    assert len(tried) > 300
    assert missed.keys() <= HARMLESS.keys()


def test_a_kind_is_named_by_message_field_and_change() -> None:
    """Nested fields, and what happens to them, have names too."""
    kinds = {mutation.kind for mutation in mutations(WORLD)}
    assert {
        "SeatLedger.holders.dropped",
        "SeatLedger.holders.seats.higher",
        "Booking.journeys.legs.departs.lower",
        "FlightChanged.state.phase.other",
        "BookingStranded.contact.other",
        "NoticeSent.dropped",
        "Flight.diverted_to.given",
    } <= kinds
