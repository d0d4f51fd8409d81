"""Who travels: synthetic parties, drawn so that flights fill as they did in 2013."""

from simulation.parties.manifest import offered
from simulation.parties.seeding import SeededFlight, seed_flights

__all__ = ["SeededFlight", "offered", "seed_flights"]
