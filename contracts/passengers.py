"""The people of a booking: who they are as far as it is known, what they need, and how far each has got on each flight.

Personal data. Names and ages are in `ledger.booking.*`, in exports of bookings and of the whole state, and in what a
reservation system reports of a booking (`feed.reservation.*`, which expires after two days). Names that a customer wishes for
are in the question (`ask.booker.quote`, which is not stored) and in `ledger.names.*`, which lasts no longer than a quote and is
not exported. They are nowhere else: not in subjects, facts, logs, prompts, letters, terminals or audits. Where a person has to
be pointed at, it is by the place in the list: passenger 1 is the first.

What needs an answer about a coupon is asked of the booking: `Booking.checked_in(flight)`, `Booking.no_show(flight)`.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from contracts.names import FlightKey

Ssr = Annotated[
    str, Meta(pattern=r"^[A-Z]{4}$(?!\n)", description="the code of a special service (SSR): four capital letters")
]
"""Any special service. One that is not among `KNOWN_SSRS` is kept, binds no rule, and is named for a person to look at."""
KNOWN_SSRS: frozenset[Ssr] = frozenset(
    {
        "UMNR", "INFT", "CHLD", "WCHR", "WCHS", "WCHC", "BLND", "DEAF", "MEDA", "STCR", "OXYG", "PETC", "AVIH", "EXST", "LANG",
        "CTCE", "CTCM", "BSCT", "DPNA", "MAAS", "WCBD", "TWOV",
    }
)  # fmt: skip
"""Those that rules were written with in mind."""
UNCOUNTED_SSRS: frozenset[Ssr] = frozenset({"CTCE", "CTCM", "LANG", "CHLD"})
"""Those that flights do not count: contacts, languages and ages need nothing on board."""
SsrStatus = Literal["requested", "confirmed", "refused"]
"""`refused`: the airline does not give it, so that no rule grants it."""
PassengerKind = Literal["adult", "child", "infant"]
"""As fares have them: an infant is under two, a child under twelve."""
CouponState = Literal["open", "checked_in", "boarded", "flown", "no_show"]
USED: frozenset[CouponState] = frozenset({"flown", "no_show"})
"""What stays true of a passenger once they hold no seat on the flight any more."""
PassengerId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]{1,40}$(?!\n)", description="a passenger's id of letters, digits, - and _, at most 40"
    ),
]
"""Of one passenger among those of the booking. Opaque, and never repeated: a system may make it of the name."""
PassengerName = Annotated[str, Meta(min_length=1, max_length=100, description="a passenger's name")]

_INFANT_UNDER, _CHILD_UNDER = 2, 12
_HOLDS_AN_INFANT_FROM, _ADULT_FROM = 16, 18
"""[d]: airlines differ."""


class Service(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A special service for one passenger, on every flight of the booking.

    Airlines confirm one for each flight. So it is `confirmed` here only while all carriers of the present flights may have done
    so: once a journey has flights that it had not, it is `requested` until the reservation system has these flights, too."""

    ssr: Ssr
    status: SsrStatus = "requested"


class Passenger(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One person of a booking."""

    id: PassengerId
    name: str = ""
    kind: PassengerKind | None = None
    """None: not known, unless `age` says it."""
    age: Annotated[int, Meta(ge=0, le=130, description="an age in years")] | None = None
    """At the time of travel, in years."""
    services: tuple[Service, ...] = ()
    escort: PassengerId | None = None
    """The passenger of this booking who has them in their care, where that is known: the two are never parted."""
    coupons: dict[FlightKey, CouponState] = {}
    """Of the booking's flights, those whose coupon is not `open`, or not known to be."""

    @property
    def is_infant(self) -> bool:
        """Under two: it may sit on an adult's lap."""
        return self.kind == "infant" or (self.age is not None and self.age < _INFANT_UNDER)

    @property
    def is_child(self) -> bool:
        """Under twelve, and no infant."""
        return not self.is_infant and (self.kind == "child" or (self.age is not None and self.age < _CHILD_UNDER))

    @property
    def is_adult(self) -> bool:
        """Known to be one: no child beside them is unaccompanied."""
        return self.age >= _ADULT_FROM if self.age is not None else self.kind == "adult"

    @property
    def is_minor(self) -> bool:
        """Known to be one."""
        by_age = self.age is not None and self.age < _ADULT_FROM
        return by_age or self.is_infant or self.is_child or "UMNR" in self.needs

    @property
    def may_be_adult(self) -> bool:
        """Nothing known is against an infant in their care."""
        return self.age >= _HOLDS_AN_INFANT_FROM if self.age is not None else self.kind in ("adult", None)

    @property
    def needs(self) -> frozenset[Ssr]:
        """The special services that rules grant: those not refused, and what follows from who it is."""
        asked = {service.ssr for service in self.services if service.status != "refused"}
        if self.is_infant:
            asked.add("INFT")
        return frozenset(asked | {"CHLD"} if self.is_child else asked)


def with_seats(passengers: Sequence[Passenger], seats: int) -> list[Passenger]:
    """Those of a party who have a seat each, in their order: infants are on laps, the first ones, as many as seats are missing.
    Seats that are left are for no passenger (EXST, STCR). Empty where the passengers are not known."""
    on_laps = max(0, len(passengers) - seats)
    seated: list[Passenger] = []
    for passenger in passengers:
        if on_laps and passenger.is_infant:
            on_laps -= 1
        else:
            seated.append(passenger)
    return seated


def with_coupons_of(flights: Collection[FlightKey], passengers: tuple[Passenger, ...]) -> tuple[Passenger, ...]:
    """The passengers once they hold seats on these flights: who was checked in on another is not any more."""
    if not any(passenger.coupons for passenger in passengers):
        return passengers
    return tuple([structs.replace(each, coupons=_kept(each, flights)) for each in passengers])


def _kept(passenger: Passenger, flights: Collection[FlightKey]) -> dict[FlightKey, CouponState]:
    return {on: state for on, state in passenger.coupons.items() if on in flights or state in USED}


def counted_ssrs(ssrs: Collection[Ssr], passengers: Sequence[Passenger]) -> dict[Ssr, int]:
    """How many of a party have each special service that flights count: those who need it, where that is known, else one."""
    return {
        ssr: sum(ssr in passenger.needs for passenger in passengers) or 1
        for ssr in sorted(ssrs)
        if ssr not in UNCOUNTED_SSRS
    }


def needs_of(passengers: Iterable[Passenger]) -> frozenset[Ssr]:
    """What any of these needs."""
    return frozenset().union(*(passenger.needs for passenger in passengers))
