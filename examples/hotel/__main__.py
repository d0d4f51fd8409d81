"""`python -m examples.hotel`"""

from bus import run
from examples.hotel.agent import HOTEL, build
from examples.hotel.rules import from_environment

if __name__ == "__main__":
    run(HOTEL, build, config=from_environment)
