"""A kind of wish: what a request may ask for, one field of `Wanted` each. `wishes` lists them.

A kind says what fare rules call it, what the booking becomes, which facts it brings beside those that every request has,
whether a rule accounts for all money, and what was paid for the booking then. All else about quotes and requests is the same.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from agents.booker.domain.imports import in_journey
from agents.booker.domain.requests.facts import About
from agents.booker.domain.requests.known import Impossible, Known, journeys_of
from agents.booker.domain.seating import Numbers
from contracts.fares import Family
from contracts.ledger import Booking, Journey, WaitlistEntry
from contracts.names import FlightKey
from contracts.requests import Act, Quote, Wanted
from policy.fares import Answer, Value


@dataclass(frozen=True, slots=True)
class Becomes:
    """What the booking becomes, money aside."""

    booking: Booking
    given_up: tuple[Journey, ...] = ()
    changed: tuple[Journey, ...] = ()
    """Those of `booking` that have other flights than before."""
    waiting: Mapping[int, WaitlistEntry] = field(default_factory=dict)
    """By journey: where it waits, as that is now."""
    seats: Mapping[FlightKey, Numbers] = field(default_factory=dict)
    """Where it sits now, on flights that it has kept."""
    new_family: Family | None = None
    """The fare family of flights that are sold now; None: none are, or they are of several."""

    @property
    def is_other_trip(self) -> bool:
        """Else its flights and seats stay, its places on the waitlist, and what it is offered."""
        return bool(self.given_up or self.changed)


class Wish(ABC):
    """One kind of wish."""

    name: ClassVar[str]
    """As a refusal names it."""

    @abstractmethod
    def is_asked(self, wanted: Wanted) -> bool:
        """Whether it is asked for at all."""

    @abstractmethod
    def acts(self, wanted: Wanted, known: Known) -> Sequence[Act]:
        """What is asked for, as fare rules name it."""

    @abstractmethod
    def becomes(self, wanted: Wanted, known: Known) -> Becomes:
        """What this makes of the booking, which has journeys. Raises `Impossible`."""

    @abstractmethod
    def unaccounted(self, answer: Answer, facts: Mapping[str, Value], booking: Booking) -> str:
        """Why a person has to look at the amounts of what a rule allows; empty: there is no reason. The amounts of a rule may
        not fit what was paid: money would be lost without a word, or given back that was never paid."""

    @abstractmethod
    def paid(self, merged: Booking, agreed: Quote) -> Booking:
        """What the booking became, with what is paid for it now by the price that was agreed to."""

    def instead(self, _wanted: Wanted, _known: Known) -> Wanted | None:
        """What comes near to what cannot be had any more; None: nothing."""
        return None

    def about(self, _wanted: Wanted, booking: Booking) -> About:
        """The journeys that it is about: all of them."""
        return About.all_of(booking)

    def flights(self, _wanted: Wanted) -> Collection[FlightKey]:
        """Flights that are asked for, which are loaded with their open fares: none."""
        return ()

    def looks_at(self, _wanted: Wanted, _booking: Booking) -> Collection[FlightKey]:
        """Flights that it is judged by beside those sold and booked: none."""
        return ()

    def facts(self, _wanted: Wanted, _known: Known) -> Mapping[str, Value]:
        """What rules may know besides; these come before the facts that every request has. None."""
        return {}


def check_to_come(numbers: Sequence[int], known: Known) -> None:
    """The booking has these journeys, each is named once, and none has begun. Raises `Impossible`."""
    booking = known.booking
    if len(set(numbers)) < len(numbers):
        raise Impossible("a journey is named twice")
    if strange := next((number for number in numbers if booking.journey(number) is None), None):
        raise Impossible(f"the booking has no journey {strange}")
    flown = known.flown
    for journey in journeys_of(numbers, booking):
        if flown[journey.number]:
            raise Impossible(in_journey("has begun", journey, booking), for_a_person=True)


def check_not_all_begun(known: Known) -> None:
    """One of its journeys is to come. Raises `Impossible`."""
    if all(known.flown.values()):
        raise Impossible("all its journeys have begun", for_a_person=True)
