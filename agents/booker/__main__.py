"""`python -m agents.booker`"""

from functools import partial

from agents.booker.agent import BOOKER, build
from agents.booker.config import from_environment
from bus import run
from bus.clock import monotonic, wall

if __name__ == "__main__":
    run(BOOKER, partial(build, wall=wall, monotonic=monotonic), config=from_environment)
