"""The people of each booking: whether its party counts them and knows what they need, and what only a person can decide."""

from collections.abc import Iterator

from contracts.identity import canonical
from contracts.ledger import Booking, BookingChanged
from contracts.names import FlightKey, Pnr
from contracts.passengers import KNOWN_SSRS, Passenger
from contracts.reservations import AmendedJourney, BookingAmended
from irops.audit.findings import Findings
from irops.audit.streams import Streams
from irops.audit.times import LEFT


def miscounted(streams: Streams) -> Findings:
    """Parties, each once, that are not the people on their booking. People are named by their place in its list."""
    found = Findings()
    for pnr, booking in streams.bookings.items():
        if booking.passengers and (wrong := next(_faults(booking, streams), None)):
            found.add(f"{pnr} {wrong}")
    return found


def unknown_services(streams: Streams) -> Findings:
    """Special services that no rule knows, one per party. They are no fault: a person has to see to them."""
    found = Findings()
    for pnr, booking in streams.bookings.items():
        if unknown := sorted(_needs(booking) - KNOWN_SSRS):
            found.add(f"{pnr} has {', '.join(unknown)}, which no rule knows")
    return found


def children_unasked(booking: Booking) -> bool:
    """Whether all its people are children of two to eleven, none of whom was booked to travel alone."""
    people = booking.passengers
    young = [
        not _on_a_lap(each) and (each.kind == "child" or (each.age is not None and each.age < 12)) for each in people
    ]
    booked = {service.ssr for each in people for service in each.services}
    return bool(people) and all(young) and "UMNR" not in booked


def left_alone(streams: Streams) -> Iterator[str]:
    """Such parties by the reservation system's word: a person has to see to them."""
    amended = {fact.pnr for _, fact in streams.amended if isinstance(fact, BookingAmended)}
    for pnr, booking in streams.bookings.items():
        if pnr in amended and children_unasked(booking):
            yield f"{pnr} has children without anyone older, and none is booked to travel alone"


def travels_alone(booking: Booking) -> bool:
    """Whether the party is an unaccompanied minor."""
    return "UMNR" in _needs(booking)


def _faults(booking: Booking, streams: Streams) -> Iterator[str]:
    people, party = booking.passengers, booking.party
    if len(people) != party.passengers:
        yield f"has {len(people)} people, and {party.passengers} passengers"
    if len({person.id for person in people}) < len(people):
        yield "has one person twice"
    if any(
        person.escort == person.id or person.escort not in {None, *(each.id for each in people)} for person in people
    ):
        yield "has someone in the care of one whom it does not have"
    paid_for = {item.passenger for item in party.paid if item.passenger is not None}
    if paid_for - {person.id for person in people}:
        yield "has paid for a passenger whom it does not have"
    seated = [person for person in people if not _on_a_lap(person)]
    if len(seated) > party.seats:
        yield f"has {len(seated)} people who need a seat, and {party.seats} seats"
    own = _flights_of(booking)
    for number, person in enumerate(people, start=1):
        for flight, state in person.coupons.items():
            if flight not in own and state not in ("flown", "no_show"):
                yield f"has passenger {number} {state.replace('_', ' ')} on {flight}, which it does not have"
            ledger = streams.seats.get(flight)
            behind = ledger is not None and ledger.phase in LEFT and booking.pnr in ledger.offloaded
            if behind and state in ("boarded", "flown"):
                yield f"was left behind by {flight}, with passenger {number} on board"
    if unheard := sorted(_needs(booking) - set(party.ssrs)):
        yield f"has people who need {', '.join(unheard)}, which its party does not"
    confirmed = sorted({each.ssr for person in people for each in person.services if each.status == "confirmed"})
    if confirmed and (flights := _since_confirmed(booking.pnr, streams)):
        yield f"has {', '.join(confirmed)} confirmed, and irops has given it {', '.join(sorted(flights))} since"
    if confirmed and (flights := _confirmed_for(booking, streams) - _flights_of(booking)):
        yield f"has {', '.join(confirmed)} confirmed, for {', '.join(sorted(flights))}, which it does not have"


def _confirmed_for(booking: Booking, streams: Streams) -> set[FlightKey]:
    """The flights of the reservation system's version that the booking is by, if that is still kept. A flight that it names by
    another number is left out."""
    for _, status in streams.reservations:
        if (status.pnr, status.version) == (booking.pnr, booking.version) and status.booking is not None:
            legs = (leg for each in status.booking.journeys if booking.journey(each.number) for leg in each.legs)
            return {canonical(leg.flight) for leg in legs} & streams.flights.keys()
    return set()


def _flights_of(booking: Booking) -> set[FlightKey]:
    """Those that it has a leg on."""
    return {leg.flight for leg in booking.all_legs}


def _since_confirmed(pnr: Pnr, streams: Streams) -> set[FlightKey]:
    """Flights that irops has given the party, by a plan or a request, since the reservation system last gave word of it."""
    amended = [(at, fact) for at, fact in streams.amended if fact.pnr == pnr and isinstance(fact, BookingAmended)]
    heard = max((at for at, fact in amended if not fact.request), default=0)
    given: list[tuple[int, BookingChanged | AmendedJourney]] = [
        *((at, fact) for at, fact in streams.facts if fact.pnr == pnr and isinstance(fact, BookingChanged)),
        *((at, each) for at, fact in amended if fact.request for each in fact.journeys),
    ]
    return {
        leg.flight
        for at, each in given
        if at > heard
        for leg in each.after
        if leg.flight not in {other.flight for other in each.before}
    }


def _needs(booking: Booking) -> set[str]:
    """What the booking and its people ask for and were not refused. An infant, and a child, need what is due to them."""
    asked = set(booking.party.ssrs)
    for person in booking.passengers:
        asked |= {each.ssr for each in person.services if each.status != "refused"}
        if _on_a_lap(person):
            asked.add("INFT")
        elif person.kind == "child" or (person.age is not None and person.age < 12):
            asked.add("CHLD")
    return asked


def _on_a_lap(person: Passenger) -> bool:
    """Whether it may sit on another's lap: it is under two."""
    return person.kind == "infant" or (person.age is not None and person.age < 2)
