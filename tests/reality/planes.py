"""What a plane really does, written before any agent hears of it: when it leaves, where it lands, and what is known when.

Minutes count from the start of the world. A plane moves at odd minutes and words are heard at even ones, so no word comes at
the moment of what it is about.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from contracts.names import Airport, Cabin, FlightKey

Minute = int
Seats = dict[Cabin, int]
ELSEWHERE = ("DTW", "DEN", "ORD", "LGA")
"""Where planes land that cannot go where they should."""


class Hop(NamedTuple):
    """One take-off and the landing after it."""

    origin: Airport
    to: Airport
    left: Minute
    landed: Minute


class Word(NamedTuple):
    """All that an honest feed knows of a flight at one moment."""

    at: Minute
    departs: Minute | None = None
    arrives: Minute | None = None
    left: Minute | None = None
    landed: Minute | None = None
    to: Airport | None = None
    cancelled: bool = False
    seats: Seats | None = None
    by: Minute | None = None
    """When it is heard at the latest."""
    may_be_lost: bool = False


@dataclass
class Plane:
    """One departure as it is sold, and as it goes."""

    flight: FlightKey
    origin: Airport
    to: Airport
    departs: Minute
    arrives: Minute
    seats: Seats
    sold_as: FlightKey | None = None
    comes_from: "Plane | None" = None
    """The leg before it under its number, where that is flown by the same aircraft. No word says so."""
    hops: list[Hop] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    story: str = ""
    swapped: tuple[Minute, Seats] | None = None
    """When it got another aircraft, and the seats of that."""

    def seats_at(self, minute: Minute) -> Seats:
        return self.swapped[1] if self.swapped and self.swapped[0] <= minute else self.seats

    # How a story is written.

    def word(self, at: Minute, **news: Any) -> None:
        """What is known from then on: what was known before, and this."""
        known = self.words[-1] if self.words else Word(at)
        at = max(even(at), known.at + 2) if self.words else even(at)
        self.words.append(known._replace(**({"at": at, "by": None, "may_be_lost": False} | news)))

    def flies(self, origin: Airport, to: Airport, left: Minute, takes: Minute) -> Hop:
        hop = Hop(origin, to, odd(left), odd(left + max(takes, 15)))
        self.hops.append(hop)
        return hop

    @property
    def takes(self) -> Minute:
        return self.arrives - self.departs


Story = Callable[[Plane, Random], None]


def odd(minute: Minute) -> Minute:
    return minute | 1


def even(minute: Minute) -> Minute:
    return minute + minute % 2


def _heard_by(plane: Plane, left: Minute) -> None:
    """All words so far are heard before the plane leaves: whom a word moves that comes after, no message can say."""
    plane.words = [word._replace(by=left - 1 if word.by is None else word.by) for word in plane.words]


def _leaves(plane: Plane, dice: Random, *, departs: Minute | None = None, **also: Any) -> Minute:
    """The plane leaves about when it is expected to; everyone is there."""
    left = odd((plane.departs if departs is None else departs) + dice.randint(-8, 12))
    _heard_by(plane, left)
    plane.word(left + 1, left=left, departs=None, **also)
    return left


def _arrives(plane: Plane, dice: Random, left: Minute, *, origin: Airport | None = None, late: Minute = 0) -> None:
    """It flies to its destination, perhaps with a word on the way."""
    hop = plane.flies(origin or plane.origin, plane.to, left, plane.takes + late + dice.randint(-15, 15))
    if dice.random() < 0.3:
        at = dice.randint(left + 3, hop.landed - 3)
        plane.word(at, arrives=hop.landed + dice.randint(-9, 9), may_be_lost=True)
    plane.word(hop.landed + 1, landed=hop.landed, arrives=None, to=None)


def on_time(plane: Plane, dice: Random) -> None:
    _arrives(plane, dice, _leaves(plane, dice))


def late(plane: Plane, dice: Random) -> None:
    """Its delay grows by steps; the first word comes before or just after it should have left."""
    delay, steps = dice.choice((15, 25, 40, 70, 120, 240, 420)), dice.randint(1, 3)
    at = dice.randint(plane.departs - 300, plane.departs + 25)
    for step in range(1, steps + 1):
        departs = plane.departs + delay * step // steps
        arrives = departs + plane.takes if dice.random() < 0.7 else None
        plane.word(at, departs=departs, arrives=arrives, may_be_lost=step < steps and at < plane.departs - 60)
        at = dice.randint(at + 5, max(at + 6, departs + 20, plane.departs + 20))
    _arrives(plane, dice, _leaves(plane, dice, departs=plane.departs + delay))


def early(plane: Plane, dice: Random) -> None:
    """It is brought forward, with notice of hours or of minutes."""
    departs = plane.departs - dice.choice((12, 20, 35, 60, 110))
    plane.word(departs - dice.choice((6, 20, 40, 70, 150, 400)), departs=departs)
    _arrives(plane, dice, _leaves(plane, dice, departs=departs))


def comes_in_late(plane: Plane, dice: Random) -> None:
    """It leaves in time and loses some on the way."""
    _arrives(plane, dice, _leaves(plane, dice), late=dice.choice((15, 30, 45, 90)))


def stops_for_fuel(plane: Plane, dice: Random) -> None:
    """It lands on its way; no one gets off, and only its arrival is reported."""
    left = _leaves(plane, dice)
    airport = _elsewhere(plane, dice)
    stop = plane.flies(plane.origin, airport, left, plane.takes // 2)
    plane.word(left + plane.takes // 3, arrives=plane.arrives + 50)
    on = plane.flies(airport, plane.to, stop.landed + 30, plane.takes // 2 + 20)
    plane.word(on.landed + 1, landed=on.landed, arrives=None)


def cancelled(plane: Plane, dice: Random) -> None:
    """Hours ahead, or while everyone waits for it at the gate."""
    plane.word(plane.departs + dice.choice((-600, -300, -120, -40, -10, 20, 45, 80)), cancelled=True)


def restored(plane: Plane, dice: Random) -> None:
    """Cancelled, and not so after all, at its own time or later."""
    at = plane.departs - dice.choice((600, 300, 120, 60))
    plane.word(at, cancelled=True)
    back = at + dice.choice((2, 20, 90))
    departs = max(plane.departs + dice.choice((0, 0, 60, 180)), back + 40)
    plane.word(back, cancelled=False, departs=departs if departs > plane.departs else None)
    _arrives(plane, dice, _leaves(plane, dice, departs=departs))


def cancelled_again(plane: Plane, dice: Random) -> None:
    """Cancelled, restored, and cancelled for good."""
    at = plane.departs - dice.choice((600, 300, 120))
    plane.word(at, cancelled=True)
    plane.word(at + dice.choice((10, 50)), cancelled=False)
    plane.word(plane.departs - dice.choice((50, 20, 4)), cancelled=True)


def _elsewhere(plane: Plane, dice: Random) -> Airport:
    return dice.choice([airport for airport in ELSEWHERE if airport not in (plane.origin, plane.to)])


def _diverts(plane: Plane, dice: Random, to: Airport, *, is_heard: bool = True) -> Hop:
    """It lands elsewhere. That it has landed may never be heard."""
    left = _leaves(plane, dice)
    hop = plane.flies(plane.origin, to, left, max(30, int(plane.takes * dice.uniform(0.5, 1.3))))
    at = dice.randint(left + 3, hop.landed - 3)
    plane.word(at, to=to, arrives=hop.landed + dice.randint(-6, 6) if dice.random() < 0.7 else None)
    if is_heard:
        plane.word(hop.landed + 1, landed=hop.landed, arrives=None)
    return hop


def diverted(plane: Plane, dice: Random) -> None:
    """It ends its journey elsewhere."""
    hop = _diverts(plane, dice, _elsewhere(plane, dice))
    if dice.random() < 0.3:
        plane.word(hop.landed + 60, cancelled=True)


def diverted_and_never_heard_of_again(plane: Plane, dice: Random) -> None:
    """It ends its journey elsewhere, or where it began, and the last that is heard is that it was to."""
    _diverts(plane, dice, dice.choice((plane.origin, _elsewhere(plane, dice))), is_heard=False)


def returned_and_never_heard_of_again(plane: Plane, dice: Random) -> None:
    """It comes back to where it started, and stays there without a word."""
    _diverts(plane, dice, plane.origin)


def diverted_and_heard_of_late(plane: Plane, dice: Random) -> None:
    """It ends its journey elsewhere, or where it began, and that it has landed is heard hours later."""
    hop = _diverts(plane, dice, dice.choice((plane.origin, _elsewhere(plane, dice))), is_heard=False)
    plane.word(hop.landed + dice.choice((70, 130, 300)), landed=hop.landed, arrives=None)


def diverted_and_flies_on(plane: Plane, dice: Random, *, is_heard: bool = True) -> None:
    """It leaves for its destination after a stop elsewhere."""
    hop = _diverts(plane, dice, _elsewhere(plane, dice), is_heard=is_heard)
    left = odd(hop.landed + dice.choice((32, 60, 120, 300)))
    _heard_by(plane, left)
    if is_heard and dice.random() < 0.3:
        plane.word(dice.randint(hop.landed + 3, left - 3), departs=left, by=left - 1)
    on = plane.flies(hop.to, plane.to, left, plane.takes // 2 + dice.randint(0, 60))
    arrives = on.landed + dice.randint(-9, 9)
    plane.word(left + 1, left=left, to=None, landed=None, departs=None, arrives=arrives, by=left + 1)
    plane.word(on.landed + 1, landed=on.landed, arrives=None)


def diverted_and_heard_of_as_it_flies_on(plane: Plane, dice: Random) -> None:
    """It leaves for its destination after a stop of which nothing is heard before."""
    diverted_and_flies_on(plane, dice, is_heard=False)


def diversion_withdrawn(plane: Plane, dice: Random) -> None:
    """Its diversion is called off while it is in the air."""
    left = _leaves(plane, dice)
    plane.word(left + plane.takes // 3, to=_elsewhere(plane, dice), arrives=left + plane.takes + 30)
    plane.word(left + plane.takes // 2, to=plane.to, arrives=left + plane.takes + 10)
    hop = plane.flies(plane.origin, plane.to, left, plane.takes + dice.randint(0, 20))
    plane.word(hop.landed + 1, landed=hop.landed, arrives=None, to=None)


def returned_and_cancelled(plane: Plane, dice: Random) -> None:
    """It comes back to where it started, and that is all."""
    hop = _diverts(plane, dice, plane.origin)
    plane.word(hop.landed + dice.choice((3, 30, 90)), cancelled=True)


def returned_and_leaves_again(plane: Plane, dice: Random) -> None:
    """It comes back, and leaves again."""
    hop = _diverts(plane, dice, plane.origin)
    departs = hop.landed + dice.choice((70, 120, 400))
    left = odd(departs + dice.randint(-8, 12))
    _heard_by(plane, left)
    plane.word(hop.landed + 10, departs=departs, arrives=departs + plane.takes, by=left - 1)
    on = plane.flies(plane.origin, plane.to, left, plane.takes + dice.randint(-15, 15))
    plane.word(left + 1, left=left, departs=None, to=None, landed=None)
    plane.word(on.landed + 1, landed=on.landed, arrives=None)


def rerouted(plane: Plane, dice: Random) -> None:
    """Before it leaves it is to land elsewhere; it does, or not, or is cancelled."""
    to = _elsewhere(plane, dice)
    plane.word(plane.departs - dice.choice((600, 240, 90)), to=to)
    match dice.choice(("goes", "withdrawn", "cancelled")):
        case "goes":
            left = _leaves(plane, dice)
            hop = plane.flies(plane.origin, to, left, plane.takes)
            plane.word(hop.landed + 1, landed=hop.landed)
        case "withdrawn":
            plane.word(plane.departs - dice.choice((70, 30)), to=plane.to)
            _arrives(plane, dice, _leaves(plane, dice, to=None))
        case _:
            plane.word(plane.departs - dice.choice((70, 30)), cancelled=True)


_TURN_ROUND = 31
"""The least that an aircraft stands between two legs: by then its landing is known, give or take the errors of estimates."""


def goes_on_in_its_aircraft(plane: Plane, dice: Random) -> None:
    """It waits for the aircraft that flies the leg before it. If that does not come, it is cancelled, or flown by another."""
    assert plane.comes_from is not None
    hops = plane.comes_from.hops
    if not hops or hops[-1].to != plane.origin:
        dice.choice((cancelled, on_time, late))(plane, dice)
        return
    departs = max(plane.departs, hops[-1].landed + _TURN_ROUND)
    if departs > plane.departs and dice.random() < 0.5:
        plane.word(dice.randint(plane.departs - 60, departs - 10), departs=departs)
    left = odd(departs + dice.randint(0, 12))
    _heard_by(plane, left)
    plane.word(left + 1, left=left, departs=None)
    _arrives(plane, dice, left)


STORIES: dict[Story, int] = {
    on_time: 40,
    late: 14,
    early: 6,
    comes_in_late: 8,
    stops_for_fuel: 3,
    cancelled: 10,
    restored: 6,
    cancelled_again: 3,
    diverted: 4,
    diverted_and_flies_on: 6,
    diversion_withdrawn: 3,
    returned_and_cancelled: 3,
    returned_and_leaves_again: 4,
    rerouted: 4,
}
"""What may become of a plane, and how often."""
UNHEARD: tuple[Story, ...] = (
    diverted_and_never_heard_of_again,
    returned_and_never_heard_of_again,
    diverted_and_heard_of_late,
    diverted_and_heard_of_as_it_flies_on,
)
"""And in worlds of a family of their own."""


def go(plane: Plane, dice: Random, *, calm: bool = False, unheard: Random | None = None) -> None:
    """Write what becomes of the plane; nothing much if `calm`. `unheard`: by these dice, its last word may never come."""
    story = on_time if calm else dice.choices(list(STORIES), weights=list(STORIES.values()))[0]
    if unheard is not None and not calm and unheard.random() < 0.3:
        story = unheard.choice(UNHEARD)
    if plane.comes_from is not None:
        story = goes_on_in_its_aircraft
    story(plane, dice)
    plane.story = story.__name__
    if not calm and dice.random() < 0.15:
        _swaps(plane, dice)


def _swaps(plane: Plane, dice: Random) -> None:
    """It gets another aircraft, known hours or minutes before it leaves."""
    first = plane.hops[0].left if plane.hops else plane.departs
    at = even(min(first, plane.departs) - dice.choice((500, 200, 80, 40, 16)))
    seats: Seats = {cabin: max(0, n + dice.choice((-3, -2, -1, -1, 1, 3))) for cabin, n in plane.seats.items()}
    plane.swapped = (at, seats)
    before = [word for word in plane.words if word.at < at]
    after = [word._replace(seats=seats) for word in plane.words if word.at >= at]
    if after and after[0].at == at:
        plane.words = before + after
    else:
        news = (before[-1] if before else Word(at))._replace(at=at, seats=seats, by=first - 2, may_be_lost=False)
        plane.words = [*before, news, *after]
