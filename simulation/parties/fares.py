"""The price of a seat in US dollars: our assumption.

$55 and ten cents a mile, times 0.55 to 1.75 for the day of purchase; first class costs 2.6 times that. A seat in economy from
New York costs $196 on average on 8 to 11 February 2013.
"""

from collections.abc import Mapping

from contracts.names import Cabin

LOWEST, SPREAD = 0.55, 1.2
_FACTORS: Mapping[Cabin, float] = {"first": 2.6, "economy": 1.0}


def full_fare(distance_miles: int, cabin: Cabin) -> float:
    """One seat, one way, before the factor for the day of purchase."""
    return (55 + 0.10 * distance_miles) * _FACTORS[cabin]
