"""To correct the name of a passenger, or to give another one. Who travels is known, and nothing else about them changes.

How many travel, their ages, kinds, services and in whose care they are stays: what another person would need is asked for
elsewhere. Whose name may become whose is for fare rules, which know how many letters change.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import structs

from agents.booker.domain.requests.known import Impossible, Known
from agents.booker.domain.requests.paying import paid_beside_trips
from agents.booker.domain.requests.wish import Becomes, Wish, check_not_all_begun
from contracts.ledger import Booking
from contracts.passengers import Passenger
from contracts.requests import Act, Quote, Wanted
from policy.fares import Answer, Value


class Rename(Wish):
    """`Wanted.names`."""

    name = "names"

    def is_asked(self, wanted: Wanted) -> bool:
        return bool(wanted.names)

    def acts(self, _wanted: Wanted, _known: Known) -> tuple[Act, ...]:
        return ("change_names",)

    def facts(self, wanted: Wanted, known: Known) -> Mapping[str, Value]:
        people = known.booking.passengers
        letters = (letters_changed(people[place - 1].name, known.names[place]) for place in wanted.names)
        return {"names_changed": Decimal(len(wanted.names)), "letters_changed": Decimal(max(letters))}

    def becomes(self, wanted: Wanted, known: Known) -> Becomes:
        booking = known.booking
        check_not_all_begun(known)
        _check(wanted, known)
        before = dict(booking.before_requests.names)
        people = list(booking.passengers)
        for place in wanted.names:
            own = people[place - 1]
            before.setdefault(own.id, own.name)
            people[place - 1] = structs.replace(own, name=known.names[place])
        marks = structs.replace(booking.before_requests, names=before)
        return Becomes(structs.replace(booking, passengers=tuple(people), before_requests=marks))

    def unaccounted(self, answer: Answer, _facts: Mapping[str, Value], _booking: Booking) -> str:
        gives_up = answer.gives_up is not None and answer.gives_up.amount
        return "a name gives nothing up that was paid" if gives_up else ""

    def paid(self, merged: Booking, agreed: Quote) -> Booking:
        return paid_beside_trips(merged, agreed, "carrier_charge")


def letters_changed(before: str, after: str) -> int:
    """The least number of letters that are put in, taken out or replaced (V. I. Levenshtein, 1966), capitals and spaces around
    aside."""
    one, other = before.strip().casefold(), after.strip().casefold()
    costs = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        above, costs[0] = costs[0], row
        for column, wanted in enumerate(other, start=1):
            above, costs[column] = (
                costs[column],
                min(costs[column] + 1, costs[column - 1] + 1, above + (letter != wanted)),
            )
    return costs[-1]


def _check(wanted: Wanted, known: Known) -> None:
    people = known.booking.passengers
    if not people:
        raise Impossible("who travels is not known by name", for_a_person=True)
    if len(set(wanted.names)) < len(wanted.names):
        raise Impossible("a passenger is named twice")
    for place in wanted.names:
        if not 1 <= place <= len(people):
            raise Impossible(f"the booking has no passenger {place}")
        _check_one(place, people[place - 1], known.names.get(place, ""))
    if strange := known.names.keys() - set(wanted.names):
        raise Impossible(f"a name is given for passenger {min(strange)}, who is not asked about")


def _check_one(place: int, own: Passenger, name: str) -> None:
    if not name.strip():
        raise Impossible(f"no name is given for passenger {place}")
    if name == own.name:
        raise Impossible(f"passenger {place} has that name already")
    if any(state != "open" for state in own.coupons.values()):
        raise Impossible(f"passenger {place} has checked in, or has flown", for_a_person=True)
