"""People and planes as they really are, beside the agents: and whether the two agree when all has been heard.

Three kinds of event in order of time: a plane leaves, a plane lands, something is heard of planes. Who is where follows from
the first two and from letters, by no code of the agents.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random

from agents.notifier.domain import Story
from contracts.ledger import Booking, BookingFact, BookingStranded, JourneyKey, Leg
from contracts.names import Airport, Cabin, FlightKey, Id, Pnr, origin_of
from contracts.offers import Answer, TripOffered
from tests.journeys.small_world import T0
from tests.reality.beliefs import Belief, Beliefs
from tests.reality.feed import Heard, instant
from tests.reality.people import AT_THE_GATE, Next, Person, Trip, city
from tests.reality.planes import Hop, Minute, Plane, stops_for_fuel
from tests.reality.whole_system import Endless, Letter, WholeSystem
from tests.reality.worlds import Scene

Event = tuple[Minute, int, int, Callable[[Minute], None]]
"""When it happens, its rank among those of that minute, its number, and what happens."""


@dataclass
class Result:
    """A world at its end."""

    scene: Scene
    system: WholeSystem
    people: dict[Pnr, Person]
    faults: list[str]
    situations: Counter[str]
    log: list[str] = field(default_factory=list)

    def story(self) -> str:
        """The world in words: its faults, and what led to them for those whom they are about."""
        about = [pnr for pnr in self.people if any(pnr in fault for fault in self.faults)]
        flights = {
            leg.flight
            for pnr in about
            for fact in [f for _, f in self.system.facts if f.pnr == pnr]
            for leg in (*fact.before, *getattr(fact, "after", ()))
        } | {flight for pnr in about for trip in self.people[pnr].trips for flight in trip.flown}
        names = [*about, *sorted(flights)]
        lines = [line for line in self.log if any(name in line for name in names)]
        return "\n".join([f"seed {self.scene.seed}", *self.faults, *lines])


class Reality:
    def __init__(self, scene: Scene, *, logs: bool = False) -> None:
        self.scene, self.planes = scene, scene.planes
        self.system = WholeSystem(scene.world, now=instant(-1440), consent=scene.consent)
        self._logs = logs
        self.people = {pnr: _person(booking) for pnr, booking in scene.world.bookings.items()}
        self.faults: list[str] = []
        self.situations: Counter[str] = Counter(plane.story for plane in self.planes.values())
        self.log: list[str] = []
        self.standing: dict[FlightKey, list[Person]] = {}
        """Who could have a flight that is about to leave, and has none."""
        self.unknowable: set[Pnr] = set()
        """Parties of whom no one but they can know where they are."""
        self.got_off: list[tuple[Pnr, FlightKey, Airport]] = []
        """Who got off where its flight landed on its way."""
        self.asked: set[JourneyKey] = set()
        """Journeys whose trip cannot be flown, as the last letter says, which asks about another."""
        self._events: list[Event] = []
        """Those to come, as a heap."""
        self._order = count()

    def run(self) -> Result:
        """Let everything happen, and compare."""
        try:
            self._script()
            while self._events:
                if not self._wakes(self._events[0][0]):
                    minute, _, _, event = heappop(self._events)
                    event(minute)
            while self._wakes(9000):
                pass
        except Endless as endless:
            self.faults.append(f"the agents do not come to an end: {endless}")
        else:
            self.system.now = instant(9000)
            self.unknowable |= {pnr for pnr, flight, airport in self.got_off if not self._is_heard(flight, airport)}
            self.faults += self._disagreements()
        return Result(self.scene, self.system, self.people, self.faults, self.situations, self.log)

    def _script(self) -> None:
        """What planes do, and what is heard of them."""
        for plane in self.planes.values():
            for hop in plane.hops:
                self._at(hop.left - 62, 1, partial(self._is_about_to_leave, plane, hop))
                self._at(hop.left, 1, partial(self._leaves, plane, hop))
                self._at(hop.landed, 0, partial(self._lands, plane, hop))
        together: dict[Minute, list[Heard]] = {}
        for heard in self.scene.heard:
            together.setdefault(heard.at, []).append(heard)
        for minute, group in together.items():
            self._at(minute, 0, partial(self._hears, group))

    def _at(self, minute: Minute, rank: int, event: Callable[[Minute], None]) -> None:
        """Let this happen then, after what has a lower rank or was planned before."""
        heappush(self._events, (minute, rank, next(self._order), event))

    def _note(self, minute: Minute, what: str) -> None:
        if self._logs:
            self.log.append(f"{instant(minute):%d %H:%M} {what}")

    # What is heard, and what letters say of it.

    def _wakes(self, minute: Minute) -> bool:
        """The agents' next timer goes off, if that is by this minute; whether it did."""
        at = self.system.wakes_at()
        if at is None or at > instant(minute):
            return False
        self.situations["a timer"] += 1
        for letter in self.system.wake(at):
            self._tell(letter, int((at - T0).total_seconds() // 60))
        return True

    def _hears(self, group: list[Heard], minute: Minute) -> None:
        for heard in group if self._logs else ():
            self._note(minute, f"heard {_words(heard)}")
        for letter in self.system.hear([heard.status for heard in group], now=instant(minute)):
            self._tell(letter, minute)

    def _answers(self, asked: TripOffered, answer: Answer, option: Id, minute: Minute) -> None:
        """What the party answers, if it is still asked."""
        offer = self.system.offers.get((asked.pnr, asked.journey))
        if offer is None or offer.id != asked.id:
            self.situations["an answer that comes too late"] += 1
            return
        self._note(minute, f"{asked.pnr} answers: {answer} {option}")
        self.situations[f"answer: {answer}"] += 1
        for letter in self.system.hear_from(offer, answer, option, now=instant(minute)):
            self._tell(letter, minute)

    def _is_asked(self, fact: TripOffered, story: Story, minute: Minute) -> None:
        """Who is asked goes by the trip that it has, if that can be flown, and answers in a while, or not."""
        person = self.people[fact.pnr]
        self.situations[f"letter: {story.kind}"] += 1
        trip = next(trip for trip in person.trips if trip.number == fact.journey)
        if fact.stands:
            self.situations["is asked beside a trip that it can fly"] += 1
            ahead = [Next(leg.flight, origin_of(leg.flight), _minute(leg)) for leg in story.trip]
            person.is_informed(trip, ahead, minute)
        else:
            self.asked.add((fact.pnr, fact.journey))
            if fact.reason == "downgauged":  # it is without a seat there
                affected = {leg.flight for leg in story.affected}
                trip.ahead = [each for each in trip.ahead if each.flight not in affected]
        self._note(
            minute, f"{person.pnr} is asked ({fact.reason}) until {fact.until:%d %H:%M}: {len(fact.trips)} trips"
        )
        dice = Random(f"{self.scene.seed} answer {fact.pnr} {fact.decided_at}")
        after = dice.choice((None, 2, 4, 10, 20, 30, 60, 120))
        if after is not None:
            takes = dice.random() < 0.7
            option = dice.choice(fact.options) if takes and dice.random() < 0.5 else ""
            self._at(minute + after, 0, partial(self._answers, fact, "take" if takes else "leave", option))

    def _tell(self, letter: Letter, minute: Minute) -> None:
        fact, story = letter
        if isinstance(fact, TripOffered):
            self._is_asked(fact, story, minute)
            return
        person = self.people[fact.pnr]
        self.asked.discard((fact.pnr, fact.journey))
        trip = next(trip for trip in person.trips if trip.number == fact.journey)
        self.situations[f"letter: {story.kind}"] += 1
        self.situations[f"because: {fact.reason}"] += 1
        left = person.aboard or (trip.flown[-1] if trip.flown else None)
        if left in trip.flown and left not in _flights_of(fact) and not self.system.has_left(left):
            self.situations["moved off a flight that had left, before that was heard"] += 1
            self.unknowable.add(person.pnr)
        legs = list(story.trip)
        if story.kind in ("diverted", "returned"):
            legs = [*story.affected, *legs]
        if story.kind == "stranded":
            legs = list(getattr(fact, "flown", ()))
        ahead = [Next(leg.flight, origin_of(leg.flight), _minute(leg)) for leg in legs]
        if person.aboard and ahead and self._has_left_again(person.aboard, ahead[0].origin):
            self.situations["moved at a stop that its flight had left, before that was heard"] += 1
            self.unknowable.add(person.pnr)
        person.is_informed(trip, ahead, minute, waits_in=story.waits_in)
        self._note(minute, f"{person.pnr} gets {story.kind} ({fact.reason}): {_way(trip.ahead)} {story.waits_in or ''}")

    def _has_left_again(self, flight: FlightKey, airport: Airport) -> bool:
        """Whether this plane has gone on from a stop in the city of this airport, and no agent has heard of that."""
        on_its_way = [hop for hop in self.planes[flight].hops[1:] if instant(hop.left) < self.system.now]
        heard = self.system.seats[flight][0].stops
        return any(city(hop.origin) == city(airport) for hop in on_its_way) and not any(stop.left_at for stop in heard)

    def _is_heard(self, flight: FlightKey, airport: Airport) -> bool:
        """Whether any agent has heard that this flight landed there on its way."""
        ledger = self.system.seats[flight][0]
        return airport in (ledger.diverted_to, *(stop.airport for stop in ledger.stops))

    # Planes.

    def _leaves(self, plane: Plane, hop: Hop, minute: Minute) -> None:
        self._note(minute, f"{plane.flight} leaves {hop.origin} for {hop.to}")
        if hop.origin != plane.origin:
            self._goes_on(plane, hop, minute)
            return
        boarding: list[tuple[Person, Trip]] = []
        for person in self.people.values():
            if trip := self._trip_with(person, plane.flight):
                going = person.next()
                if (
                    going
                    and going[1].flight == plane.flight
                    and person.is_at_the_gate(plane.flight, hop.origin, minute)
                ):
                    boarding.append((person, trip))
                    continue
            self._misses(person, plane, hop, minute)
        for person, trip in boarding:
            if not self._may_board(person, trip, plane, minute):
                if trip.waits:
                    self.situations["its flight came back, and left without it"] += 1
                    self.unknowable.add(person.pnr)
                    continue
                self.faults.append(f"{person.pnr} is at the gate of {plane.flight} without a seat")
                continue
            if plane.comes_from and person.came_with(plane.comes_from.flight):
                self.situations["stays on board for the next leg"] += 1
            if (person.pnr, trip.number) in self.asked and hop is not plane.hops[0]:
                self.situations["its flight came back, and left while it was asked"] += 1
                self.unknowable.add(person.pnr)
            person.boards(trip, plane.flight)
            self._note(minute, f"{person.pnr} is on {plane.flight}")
        self._seats_enough(plane, minute)
        for person in self.standing.pop(plane.flight, ()):
            if self._could_take(person, plane, hop, minute):
                self.faults.append(
                    f"{person.pnr} waits in {person.place}, and {plane.flight} leaves with a seat for it"
                )

    def _is_about_to_leave(self, plane: Plane, hop: Hop, minute: Minute) -> None:
        """Who could have this flight, if it is known to leave, and has none."""
        if hop.origin == plane.origin and hop.to == plane.to and self.scene.is_known_to_leave(plane, minute):
            standing = [person for person in self.people.values() if self._could_take(person, plane, hop, minute)]
            self.standing[plane.flight] = standing

    def _could_take(self, person: Person, plane: Plane, hop: Hop, minute: Minute) -> bool:
        """Whether a party that waits for seats at this airport, and has flown nothing, could have those of its own flight."""
        trip = person.trips[0]
        entry, booking = self.system.waiting.get((person.pnr, trip.number)), self.system.bookings[person.pnr][0]
        if entry is None or entry.declined or trip.flown or person.place != hop.origin or person.heading != hop.origin:
            return False
        if booking.journeys[0].ticket.flights != (plane.flight,):
            return False
        leg = Leg(
            flight=plane.flight,
            destination=plane.to,
            cabin=booking.party.cabin,
            departs=instant(hop.left),
            arrives=instant(hop.landed),
        )
        return self._free(plane, leg, minute) >= booking.party.seats

    def _goes_on(self, plane: Plane, hop: Hop, minute: Minute) -> None:
        for person in self.people.values():
            lets_off = plane.story != stops_for_fuel.__name__
            if person.waits_with(plane.flight, hop.origin, plane.to, lets_off=lets_off):
                person.aboard = plane.flight
                self._note(minute, f"{person.pnr} goes on with {plane.flight}")
                self.situations["goes on after a stop"] += 1
            elif person.place == hop.origin and person.aboard is None and person.came_with(plane.flight):
                self.got_off.append((person.pnr, plane.flight, hop.origin))

    def _lands(self, plane: Plane, hop: Hop, minute: Minute) -> None:
        self._note(minute, f"{plane.flight} lands in {hop.to}")
        for person in self.people.values():
            if person.aboard != plane.flight:
                continue
            if hop.to == plane.origin:
                known = Next(plane.flight, plane.origin, plane.departs)
                person.comes_back(hop.to, minute, known)
            else:
                person.lands(hop.to, minute)

    # Who may board, and who does not.

    def _trip_with(self, person: Person, flight: FlightKey) -> Trip | None:
        return next((trip for trip in person.trips if any(each.flight == flight for each in trip.ahead)), None)

    def _may_board(self, person: Person, trip: Trip, plane: Plane, minute: Minute) -> bool:
        """With a seat, or with a free one where its way on was lost while this flight was thought to be in the air."""
        if self.system.holds_seats(person.pnr, plane.flight):
            return True
        entry = self.system.waiting.get((person.pnr, trip.number))
        leg = next((leg for leg in entry.flown if leg.flight == plane.flight), None) if entry else None
        self.situations["boards while presumed on board"] += 1
        return bool(leg and entry and self._free(plane, leg, minute) >= entry.seats)

    def _free(self, plane: Plane, leg: Leg, minute: Minute) -> int:
        """Seats that no one holds, and in which no one sits who has boarded without one."""
        holders = self.system.seats[plane.flight][0].holders
        taken = sum(h.seats for h in holders.values() if h.cabin == leg.cabin)
        on_board = (pnr for pnr, person in self.people.items() if person.aboard == plane.flight and pnr not in holders)
        taken += sum(self.system.bookings[pnr][0].party.seats for pnr in on_board)
        return plane.seats_at(minute).get(leg.cabin, 0) - taken

    def _misses(self, person: Person, plane: Plane, hop: Hop, minute: Minute) -> None:
        """Whether a party that is in the city, and has a seat or was sent to the gate, misses the flight through our fault."""
        flight = plane.flight
        if (
            person.aboard is not None
            and self.scene.legs.get(person.aboard) == flight
            and self._trip_with(person, flight)
        ):
            self.situations["the next leg of its flight leaves while it is in the air"] += 1
        if person.aboard is not None or city(person.place) != city(hop.origin):
            return
        ledger = self.system.seats[flight][0]
        trip = self._trip_with(person, flight)
        if flight in {each for trip in person.trips for each in trip.flown}:
            return
        if trip is None:
            waits_for = (self.system.waiting.get((person.pnr, each.number)) for each in person.trips)
            if any(entry and flight in entry.held for entry in waits_for):
                return  # it knows that its seat there is no trip
            if person.pnr in ledger.holders and person.pnr not in ledger.offloaded:
                self.faults.append(f"{person.pnr} has a seat on {flight} and was not informed of it")
            return
        known = next(each for each in trip.ahead if each.flight == flight)
        going = person.next()
        if going and going[1].flight != flight:
            self.situations["misses a flight after another that it waits for"] += 1
            return
        self.situations["misses a flight"] += 1
        self._note(minute, f"{person.pnr} misses {flight}")
        if person.place == hop.origin and any(
            next_leg == flight and person.came_with(leg) for leg, next_leg in self.scene.legs.items()
        ):
            self.situations["changes aircraft under its number, which no word says"] += 1
            self.unknowable.add(person.pnr)
            return
        expected = _since(ledger.expected_departure)
        is_asked = (person.pnr, trip.number) in self.asked
        if known.departs - expected >= 30 and ledger.phase == "scheduled" and not is_asked:
            self.faults.append(
                f"{person.pnr} was informed of {known.departs} for {flight}, known to leave at {expected}"
            )

    def _seats_enough(self, plane: Plane, minute: Minute) -> None:
        seats: Counter[Cabin] = Counter()
        for person in self.people.values():
            if person.aboard == plane.flight:
                booking = self.system.bookings[person.pnr][0]
                waiting = [leg for each in self.system.waiting.values() if each.pnr == person.pnr for leg in each.flown]
                leg = next(leg for leg in (*booking.all_legs, *waiting) if leg.flight == plane.flight)
                seats[leg.cabin] += booking.party.seats
        for cabin, taken in seats.items():
            if taken > plane.seats_at(minute).get(cabin, 0):
                self.faults.append(f"{plane.flight} leaves with {taken} in {cabin}")

    # What the system believes.

    def _disagreements(self) -> Iterator[str]:
        beliefs = Beliefs(self.system)
        for pnr, person in self.people.items():
            booking = self.system.bookings[pnr][0]
            if pnr in self.unknowable:
                yield from _at_odds(booking, beliefs)
                continue
            for trip in person.trips:
                journey = booking.journey(trip.number)
                assert journey is not None
                for belief in beliefs.of(booking, journey):
                    yield from _astray(person, trip, belief)
                    if journey.state != "stranded":
                        yield from _forsaken(person, trip, belief)
                if journey.state == "stranded" and (pnr, journey.number) not in self.system.waiting:
                    yield f"{pnr} is stranded, and waits nowhere"


def _at_odds(booking: Booking, beliefs: Beliefs) -> Iterator[str]:
    """A party of whom no message says where it is, if the agents believe different things of it, or leave it alone."""
    for journey in booking.journeys:
        booker, planner = beliefs.of(booking, journey)
        if (booker.flown, city(booker.place)) != (planner.flown, city(planner.place)):
            yield f"{booking.pnr} is believed in {booker.place} by the booker, and in {planner.place} by the planner"
        if journey.state != "stranded" and not booker.ahead and city(booker.place) != city(journey.ticket.destination):
            yield f"{booking.pnr} is believed in {booker.place} with no flight ahead, and does not wait"


def _astray(person: Person, trip: Trip, belief: Belief) -> Iterator[str]:
    """A party that is not where it is believed to be."""
    if belief.flown != tuple(trip.flown):
        yield f"{person.pnr} has flown {_keys(trip.flown)}, and the {belief.who} believes {_keys(belief.flown)}"
    elif trip.flown and trip is person.flying() and city(belief.place) != city(person.place):
        yield f"{person.pnr} is in {person.place}, and the {belief.who} believes it in {belief.place}"
    elif trip is person.trips[0] and not trip.flown and city(belief.place) != city(person.place):
        yield f"{person.pnr} is at home in {person.place}, and the {belief.who} believes it in {belief.place}"


def _forsaken(person: Person, trip: Trip, belief: Belief) -> Iterator[str]:
    """A party that has not come where it wants to be, and is on no waitlist."""
    if belief.ahead or city(belief.place) != city(trip.destination):
        yield f"{person.pnr} is in {belief.place}, not in {trip.destination}, has {_keys(belief.ahead)}, and does not wait"


def _person(booking: Booking) -> Person:
    trips = [
        Trip(
            journey.number,
            journey.ticket.destination,
            [Next(leg.flight, origin_of(leg.flight), _minute(leg)) for leg in journey.legs],
        )
        for journey in booking.journeys
    ]
    home = booking.journeys[0].ticket.origin
    gates = {each.flight: each.departs - AT_THE_GATE for trip in trips for each in trip.ahead}
    return Person(booking.pnr, home, trips, heading=trips[0].ahead[0].origin, gate_from=gates)


def _flights_of(fact: BookingFact) -> set[FlightKey]:
    return {leg.flight for leg in (fact.flown if isinstance(fact, BookingStranded) else fact.after)}


def _minute(leg: Leg) -> Minute:
    return _since(leg.departs)


def _since(at: datetime) -> Minute:
    return int((at - T0).total_seconds() // 60)


def _keys(flights: Iterable[FlightKey]) -> str:
    return " ".join(flight.rsplit(".", 1)[0] for flight in flights) or "nothing"


def _way(ahead: list[Next]) -> str:
    return ", ".join(f"{each.flight} at {instant(each.departs):%d %H:%M}" for each in ahead) or "nothing"


def _words(heard: Heard) -> str:
    status = heard.status
    parts = [f"{status.flight} (seen {status.observed_at:%d %H:%M})"]
    for name in ("estimated_departure", "estimated_arrival", "departed_at", "arrived_at"):
        if at := getattr(status, name):
            parts.append(f"{name} {at:%H:%M}")
    if status.diverted_to:
        parts.append(f"to {status.diverted_to}")
    if status.cancelled:
        parts.append("cancelled")
    if status.seats:
        parts.append(f"seats {status.seats}")
    return " ".join(parts)
