"""The weather at airports, as observed."""

from msgspec import Struct

from contracts.flights import Instant
from contracts.names import Airport
from contracts.subject import Subject


class WeatherObserved(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One hourly observation, in the units of American aviation reports. What was not measured is None."""

    airport: Airport
    observed_at: Instant
    temperature_f: float | None = None
    wind_mph: float | None = None
    gust_mph: float | None = None
    precipitation_in: float | None = None
    """Inches of rain or melted snow in the hour."""
    visibility_mi: float | None = None


WEATHER_OBSERVED = Subject("weather.observed.{airport}", WeatherObserved, "FEED")
"""any feed -> views"""
