"""Synthetic parties, drawn so that flights fill as they did in 2013."""

from simulation.parties.flights import SeededFlight, seed_flights
from simulation.parties.manifest import sampled_equipment

__all__ = ["SeededFlight", "sampled_equipment", "seed_flights"]
