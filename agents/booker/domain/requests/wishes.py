"""The kinds of wish, and what a quote or a request asks of the one that it is about.

A request is for one of them, so that each yes is to one thing, by one rule, at one price.
"""

from agents.booker.domain.requests.bags import CheckBags
from agents.booker.domain.requests.changing import FlyOtherwise
from agents.booker.domain.requests.compensating import Compensate
from agents.booker.domain.requests.facts import facts_of, known_to, sold_and_booked
from agents.booker.domain.requests.giving_up import GiveUp
from agents.booker.domain.requests.insuring import Insure
from agents.booker.domain.requests.known import Impossible, Known, journeys_of
from agents.booker.domain.requests.leaving import LeaveWaitlist
from agents.booker.domain.requests.naming import Rename
from agents.booker.domain.requests.sitting import SitElsewhere
from agents.booker.domain.requests.wish import Becomes, Wish
from contracts.ledger import Booking
from contracts.names import Carrier, FlightKey
from contracts.requests import Act, Wanted
from policy.fares import Ruleset, Value

WISHES: tuple[Wish, ...] = (
    GiveUp(),
    FlyOtherwise(),
    SitElsewhere(),
    LeaveWaitlist(),
    CheckBags(),
    Insure(),
    Rename(),
    Compensate(),
)


def wish_of(wanted: Wanted) -> Wish:
    """The one kind that is asked for. Raises `Impossible` where there is none, or more than one."""
    asked = [wish for wish in WISHES if wish.is_asked(wanted)]
    if not asked:
        raise Impossible("nothing is asked for")
    if len(asked) > 1:
        raise Impossible(f"a request is for one thing, not for {' and '.join(wish.name for wish in asked)}")
    return asked[0]


def acts_of(wanted: Wanted, known: Known) -> tuple[Act, ...]:
    """What is asked for, as fare rules name it."""
    return tuple(act for wish in WISHES if wish.is_asked(wanted) for act in wish.acts(wanted, known))


def becomes(wanted: Wanted, known: Known) -> Becomes:
    """What this request makes of the booking. Raises `Impossible`."""
    if known.booking.is_withdrawn:
        raise Impossible("the booking has no journeys any more")
    if known.names and not wanted.names:
        raise Impossible("names are given, and no passenger is asked about")
    return wish_of(wanted).becomes(wanted, known)


def near_to(wanted: Wanted, known: Known) -> Wanted | None:
    """What comes near to this, which cannot be had; None: nothing does."""
    asked = [wish for wish in WISHES if wish.is_asked(wanted)]
    return asked[0].instead(wanted, known) if len(asked) == 1 else None


def flights_asked_for(wanted: Wanted | None) -> set[FlightKey]:
    """Those that are not booked yet."""
    return {flight for wish in WISHES for flight in (wish.flights(wanted) if wanted else ())}


def flights_of(booking: Booking, wanted: Wanted | None) -> set[FlightKey]:
    """Those that a request rests on: what was sold, what is booked, what is asked for, and what it is judged by."""
    looked_at = (flight for wish in WISHES for flight in (wish.looks_at(wanted, booking) if wanted else ()))
    return {*sold_and_booked(booking), *flights_asked_for(wanted), *looked_at}


def ruleset_of(wanted: Wanted, known: Known) -> tuple[Carrier, Ruleset | None]:
    """The carrier whose ticket it is, and its rules. Raises `Impossible`."""
    return known.ruleset(journeys_of(wish_of(wanted).about(wanted, known.booking).journeys, known.booking))


def facts_about(wanted: Wanted, known: Known, ruleset: Ruleset) -> dict[str, Value]:
    """What the booking says about a request, in words that these rules know. Raises `Impossible`."""
    wish, booking = wish_of(wanted), known.booking
    flown = {flight for flights in known.flown.values() for flight in flights}
    about = wish.about(wanted, booking)
    found = facts_of(booking, about, flights=known.flights, flown=flown, now=known.now, rules=known.rules)
    return known_to(ruleset, found | dict(wish.facts(wanted, known)))
