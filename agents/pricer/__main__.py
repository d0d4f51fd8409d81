"""`python -m agents.pricer`"""

from agents.pricer.agent import PRICER, build
from agents.pricer.config import from_environment
from bus import run

if __name__ == "__main__":
    run(PRICER, build, config=from_environment)
