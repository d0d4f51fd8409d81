"""Random worlds of a few flights and parties, with few seats to spare. One seed makes one world."""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from msgspec import structs

from contracts.ledger import Booking, Tier
from contracts.money import whole_fare
from contracts.names import Airport, FlightKey, Pnr, origin_of
from contracts.passengers import Ssr
from contracts.rules import Consent, Default
from tests.journeys.small_world import World
from tests.reality.feed import Heard, feed
from tests.reality.people import city
from tests.reality.planes import Minute, Plane, go

ROUTES: tuple[tuple[Airport, Airport, Minute, int, int, int], ...] = (
    ("JFK", "ORD", 150, 2, 200, 600),
    ("EWR", "ORD", 150, 1, 200, 700),
    ("LGA", "ORD", 145, 1, 200, 700),
    ("ORD", "SFO", 260, 3, 420, 1100),
    ("ORD", "DEN", 150, 1, 420, 1000),
    ("DEN", "SFO", 150, 2, 600, 1300),
    ("JFK", "SFO", 370, 2, 200, 1000),
    ("JFK", "DEN", 240, 1, 200, 800),
    ("DTW", "ORD", 70, 1, 400, 1100),
    ("DTW", "SFO", 300, 1, 400, 1200),
    ("SFO", "JFK", 320, 2, 1000, 2200),
    ("ORD", "JFK", 130, 2, 700, 2000),
    ("SFO", "ORD", 250, 1, 1000, 2000),
)
"""From, to, minutes from gate to gate, how many flights, and between when they leave."""
SSRS: tuple[tuple[Ssr, ...], ...] = ((), (), (), (), ("WCHR",), ("UMNR",))
TIERS: tuple[Tier, ...] = ("none", "none", "silver", "gold")
Way = tuple[FlightKey, ...]
ONWARD: tuple[tuple[Airport, Airport, Minute], ...] = (
    ("ORD", "SFO", 260),
    ("ORD", "DEN", 150),
    ("ORD", "JFK", 130),
    ("DEN", "SFO", 150),
    ("SFO", "ORD", 250),
    ("JFK", "ORD", 150),
    ("JFK", "DEN", 240),
)
"""From, to, and minutes from gate to gate, of legs that are sold under the number of a flight to where they begin."""


@dataclass
class Scene:
    """A world as it is sold, what its planes do, and what is heard of them."""

    seed: int
    world: World
    planes: dict[FlightKey, Plane]
    heard: list[Heard]
    legs: dict[FlightKey, FlightKey] = field(default_factory=dict)
    """The next leg of each flight that goes on under its number."""
    consent: tuple[Consent, ...] = ()
    """Whose yes a trip needs."""

    def is_known_to_leave(self, plane: Plane, minute: Minute) -> bool:
        """Whether the newest that has been heard of it by then does not say otherwise."""
        heard = [each.status for each in self.heard if each.at <= minute and each.status.flight == plane.flight]
        newest = max(heard, key=lambda status: status.observed_at, default=None)
        return newest is None or not (newest.cancelled or newest.diverted_to)


def scene(
    seed: int,
    *,
    without: Set[Pnr] = frozenset(),
    calm: Set[FlightKey] = frozenset(),
    through: bool = False,
    unheard: bool = False,
    asked: bool = False,
) -> Scene:
    """The world of this seed. A party or a story that is left out changes no other. `through`: some flights go on under their
    number, in the same aircraft or in another, and no registration is known. `unheard`: of some that are diverted no word comes
    in the end, or comes hours late. `asked`: some parties are asked before they are moved."""
    dice = Random(seed)
    world, planes = World(), dict[FlightKey, Plane]()
    number = 0
    for origin, to, takes, count, first, last in ROUTES:
        for _ in range(count - (dice.random() < 0.3)):
            number += 1
            plane = _plane(world, dice, number, origin, to, leaves=dice.randrange(first, last, 5), takes=takes)
            planes[plane.flight] = plane
    legs = _go_on(world, Random(f"{seed} through"), planes) if through else {}
    _sell(world, dice)
    if legs:
        _sell_through(world, Random(f"{seed} sold through"), legs)
    for plane in planes.values():
        _fit_out(world, dice, plane)
    _number_again(world, dice, planes)
    for plane in planes.values():
        dice_of_silence = Random(f"{seed} unheard {plane.flight}") if unheard else None
        go(plane, Random(f"{seed} {plane.flight}"), calm=plane.flight in calm, unheard=dice_of_silence)
    for pnr in without:
        del world.bookings[pnr]
    consent = _consent(Random(f"{seed} consent")) if asked else ()
    return Scene(seed, world, planes, feed(list(planes.values()), seed), legs, consent)


def _consent(dice: Random) -> tuple[Consent, ...]:
    """Half of the parties are asked, or more."""
    within = timedelta(minutes=dice.choice((30, 60, 120, 360)))
    default: Default = dice.choice(("take", "leave"))
    tiers: tuple[Tier, ...] = dice.choice((("none",), ("silver", "gold"), ()))
    return (Consent(by="party", tiers=tiers, within=within, default=default),)


def _plane(
    world: World, dice: Random, number: int, origin: Airport, to: Airport, *, leaves: Minute, takes: Minute
) -> Plane:
    takes += dice.randrange(-10, 15, 5)
    flight = world.flight(number, origin, to, leaves=leaves / 60, takes=takes / 60)
    return Plane(flight=flight, origin=origin, to=to, departs=leaves, arrives=leaves + takes, seats={})


def _go_on(world: World, dice: Random, planes: dict[FlightKey, Plane]) -> dict[FlightKey, FlightKey]:
    """Some flights have another leg under their number, today and often tomorrow too; get the one of today of each."""
    legs: dict[FlightKey, FlightKey] = {}
    for inbound in dice.sample(list(planes.values()), 6):
        routes = [each for each in ONWARD if each[0] == inbound.to and city(each[1]) != city(inbound.origin)]
        if not routes:
            continue
        origin, to, takes = dice.choice(routes)
        number = int(inbound.flight.split(".")[1])
        leaves = inbound.arrives + dice.choice((30, 40, 60, 100, 180))
        plane = _plane(world, dice, number, origin, to, leaves=leaves, takes=takes)
        plane.comes_from = inbound if dice.random() < 0.5 else None
        planes[plane.flight] = plane
        legs[inbound.flight] = plane.flight
        if dice.random() < 0.7:
            tomorrow = _plane(world, dice, number, origin, to, leaves=leaves + 24 * 60, takes=takes)
            planes[tomorrow.flight] = tomorrow
    return legs


def _sell_through(world: World, dice: Random, legs: dict[FlightKey, FlightKey]) -> None:
    """Trips on both legs of a flight, often with another flight before or after."""
    for number, (first, second) in enumerate(sorted(legs.items()) * 2):
        trip = [first, second]
        onward = _after(world, second, least=45, most=300)
        if onward and dice.random() < 0.3:
            trip.append(dice.choice(onward))
        places = [city(origin_of(first)), *(city(world.flights[flight].destination) for flight in trip)]
        if len(set(places)) < len(places):
            trip = trip[:2]
        world.several(f"T{number}", tuple(trip), seats=dice.choice((1, 1, 2)), cabin="economy")


def _sell(world: World, dice: Random) -> None:
    """Trips of one flight, of several, and there and back."""
    for number in range(dice.randint(4, 8)):
        ways = [way for way in (_way(world, dice), _return(world, dice)) if way]
        if not ways:
            continue
        trips = ways[0] if len(ways) == 1 or dice.random() < 0.7 else ways[1]
        seats, pnr = dice.choice((1, 1, 2, 3)), f"P{number}"
        world.several(pnr, *trips, seats=seats, cabin="first" if dice.random() < 0.1 else "economy")
        alone = seats == 1 and len(trips) == len(trips[0]) == 1
        ssrs = dice.choice(SSRS[: len(SSRS) if alone else -1])
        booking: Booking = world.bookings[pnr]
        party = structs.replace(
            booking.party, tier=dice.choice(TIERS), paid=whole_fare(dice.choice((90, 200, 200, 900))), ssrs=ssrs
        )
        world.bookings[pnr] = structs.replace(booking, party=party)


def _way(world: World, dice: Random) -> tuple[Way, ...]:
    """One journey: some flight, and often one after it."""
    first = dice.choice(sorted(world.flights))
    onward = _after(world, first, least=40, most=360)
    if not onward or dice.random() < 0.35:
        return ((first,),)
    second = dice.choice(onward)
    third = _after(world, second, least=45, most=300) if dice.random() < 0.3 else []
    way = (first, second, dice.choice(third)) if third else (first, second)
    places = [origin_of(first), *(world.flights[flight].destination for flight in way)]
    return (way,) if len({city(place) for place in places}) == len(places) else ((first, second),)


def _return(world: World, dice: Random) -> tuple[Way, ...]:
    """There, a stay, and back or on."""
    there = dice.choice(sorted(world.flights))
    back = _after(world, there, least=100, most=1500, back=True)
    if not back:
        return ()
    then = dice.choice(back)
    on = _after(world, then, least=45, most=300)
    return ((there,), (then, dice.choice(on)) if on and dice.random() < 0.3 else (then,))


def _after(world: World, flight: FlightKey, *, least: Minute, most: Minute, back: bool = False) -> list[FlightKey]:
    """The flights on from where this one lands, so long after it; `back`: also to where it started."""
    inbound = world.flights[flight]
    return [
        key
        for key, onward in sorted(world.flights.items())
        if origin_of(key) == inbound.destination
        and least * 60 <= (onward.departs - inbound.arrives).total_seconds() <= most * 60
        and (back or city(onward.destination) != city(origin_of(flight)))
    ]


def _fit_out(world: World, dice: Random, plane: Plane) -> None:
    """Seats for those who hold them, and few more."""
    held = {"first": 0, "economy": 0}
    for booking in world.bookings.values():
        for leg in booking.all_legs:
            if leg.flight == plane.flight:
                held[leg.cabin] += booking.party.seats
    plane.seats = {"first": held["first"] + dice.choice((0, 0, 1)), "economy": held["economy"] + dice.randint(0, 4)}
    world.flights[plane.flight] = structs.replace(world.flights[plane.flight], seats=dict(plane.seats))


def _number_again(world: World, dice: Random, planes: dict[FlightKey, Plane]) -> None:
    """Some flights are sold under another airline's number too."""
    for plane in list(planes.values()):
        if dice.random() < 0.15:
            _, number, origin, day = plane.flight.split(".")
            plane.sold_as = f"AA.{int(number) + 5000}.{origin}.{day}"
            world.flights[plane.flight] = structs.replace(world.flights[plane.flight], sold_as=(plane.sold_as,))
