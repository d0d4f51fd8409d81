"""`python -m agents.planner`"""

from agents.planner.agent import PLANNER, build
from agents.planner.config import from_environment
from bus import run

if __name__ == "__main__":
    run(PLANNER, build, config=from_environment)
