"""Every airport with an IATA code, as letters need it."""

from functools import cache

from agents.notifier.domain import AirportInfo
from bus.airports import registered
from contracts.names import Airport


@cache
def load_airports() -> dict[Airport, AirportInfo]:
    """By IATA code."""
    return {
        code: AirportInfo(code=code, city=airport.city, name=airport.name, zone=airport.zone)
        for code, airport in registered().items()
    }
