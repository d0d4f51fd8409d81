"""Record locators: six characters, unique, without meaning.

A party's position in the record (day of the year, flight of that day, party of that flight) is a number of 30 bits; a seeded
one-to-one scramble of it, written in 32 letters and digits, is its PNR. So no list of used PNRs is necessary, and a flight's
PNRs do not depend on which other days are read.
"""

from collections.abc import Iterator
from itertools import product

from contracts.names import Pnr
from simulation.draws import generator

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without 0, 1, I and O, which are easily confused."""
FLIGHTS_A_DAY, PARTIES_A_FLIGHT = 1 << 12, 1 << 9
_MASK = (1 << 30) - 1
_TRIPLES = tuple("".join(letters) for letters in product(ALPHABET, repeat=3))


class Locators:
    """The PNRs of one seed."""

    def __init__(self, seed: int) -> None:
        rng = generator(seed, "locators")
        # An odd factor, an offset and a shifted exclusive or each map the 30-bit numbers one to one.
        self._first, self._second = rng.getrandbits(30) | 1, rng.getrandbits(30) | 1
        self._offset = rng.getrandbits(30)

    def of_flight(self, *, day_of_year: int, flight: int) -> Iterator[Pnr]:
        """The PNRs of one flight's parties, at most 512. Raises ValueError for a day or a flight out of range."""
        if not (0 <= day_of_year < 512 and 0 <= flight < FLIGHTS_A_DAY):
            raise ValueError(
                f"there are no PNRs for flight {flight} of day {day_of_year}: a day has {FLIGHTS_A_DAY} flights"
            )
        start = (day_of_year * FLIGHTS_A_DAY + flight) * PARTIES_A_FLIGHT
        first, second, offset = self._first, self._second, self._offset
        for number in range(start, start + PARTIES_A_FLIGHT):
            code = (number * first + offset) & _MASK
            code = ((code ^ code >> 15) * second) & _MASK
            code ^= code >> 13
            yield _TRIPLES[code >> 15] + _TRIPLES[code & 0x7FFF]
