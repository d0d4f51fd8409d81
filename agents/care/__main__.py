"""`python -m agents.care`"""

from agents.care.agent import CARE, build
from agents.care.config import from_environment
from bus import run

if __name__ == "__main__":
    run(CARE, build, config=from_environment)
