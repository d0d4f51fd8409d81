"""Every mutation of a sound world that wrongs a person is found."""

from collections import Counter
from dataclasses import replace as but

from msgspec import structs

from contracts.rules import Rules, RulesAdopted, RulesInForce
from irops.audit import audit
from tests.irops.audit.audit_world import HEARD, sound
from tests.irops.audit.excuses import excused
from tests.irops.audit.mutations import mutations

RULES = RulesAdopted(version=1, rules=Rules(), since=HEARD)
WORLD = but(
    sound(),
    whole=True,
    facts=[(at, structs.replace(fact, rules=1)) for at, fact in sound().facts],
    adopted=[(10, RULES)],
    in_force=[RulesInForce(version=1, rules=RULES.rules, since=RULES.since)],
)


def test_every_mutation_that_wrongs_a_person_is_found() -> None:
    """What is missed is of a kind that has a reason, which holds there."""
    tried = list(mutations(WORLD))
    missed = Counter(each.kind for each in tried if audit(each.streams).clean and not excused(each))
    assert len(tried) > 300
    assert missed == {}


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
