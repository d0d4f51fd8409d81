"""Flights, airports and times as one language writes them: the filters that the templates use."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from agents.notifier.domain.airports import AirportInfo, LocalTime, date_text, duration_text, local_time
from agents.notifier.domain.languages import LetterLanguage
from contracts.care import Entitlement
from contracts.ledger import Leg
from contracts.money import Money
from contracts.names import Airport, origin_of, spoken


class Wording:
    """The filters for one language, named as in the templates: `{{ leg | departure }}`."""

    def __init__(self, language: LetterLanguage, airports: Mapping[Airport, AirportInfo]) -> None:
        self._language = language
        self._airports = airports

    @property
    def filters(self) -> dict[str, Callable[..., object]]:
        return {
            "flight": self.flight,
            "operated_as": self.operated_as,
            "origin": self.origin,
            "destination": self.destination,
            "departure": self.departure,
            "arrival": self.arrival,
            "city": self.city,
            "airport": self.airport,
            "date": self.date,
            "duration": self.duration,
            "time_at": self.time_at,
            "money": money,
            "article": article,
            "oneline": oneline,
        }

    def flight(self, leg: Leg) -> str:
        """`B6 1017`; the number that the party bought."""
        return spoken(leg.sold_as or leg.flight)

    def operated_as(self, leg: Leg) -> str:
        """`B6 1017`; the number under which it is flown."""
        return spoken(leg.flight)

    def origin(self, leg: Leg) -> str:
        """`New York (JFK)`"""
        return self.city(origin_of(leg.flight))

    def destination(self, leg: Leg) -> str:
        """`Boston (BOS)`"""
        return self.city(leg.destination)

    def departure(self, leg: Leg) -> LocalTime:
        """`Friday, February 8, 2013, 2:30 PM`, or its `date` and `time` alone."""
        return self.time_at(leg.departs, origin_of(leg.flight))

    def arrival(self, leg: Leg) -> LocalTime:
        """As `departure`."""
        return self.time_at(leg.arrives, leg.destination)

    def city(self, code: Airport) -> str:
        """`New York (JFK)`"""
        return self._info(code).short

    def airport(self, code: Airport) -> str:
        """`John F Kennedy International Airport (JFK)`"""
        return self._info(code).full

    def date(self, day: date) -> str:
        """`Friday, February 8, 2013`"""
        return date_text(day, self._language)

    def duration(self, takes: timedelta) -> str:
        """`2 hours 30 minutes`"""
        return duration_text(takes, self._language)

    def time_at(self, instant: datetime, code: Airport) -> LocalTime:
        """The instant in the zone of the airport."""
        return local_time(instant, airport=self._info(code), language=self._language)

    def _info(self, code: Airport) -> AirportInfo:
        return self._airports.get(code) or AirportInfo(code=code)


def money(amount: Money) -> str:
    """`200.00 USD`"""
    return f"{amount.amount:f} {amount.currency}"


def article(right: Entitlement) -> str:
    """Where the law gives it: `Art. 5(1)(c), 7(1)(a)`, without what the rule set remarks on it."""
    return right.source.partition(";")[0]


def oneline(text: str) -> str:
    """The text of a macro as one line."""
    return " ".join(text.split())
