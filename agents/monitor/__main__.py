"""`python -m agents.monitor`"""

from agents.monitor.agent import MONITOR, build
from agents.monitor.config import from_environment
from bus import run

if __name__ == "__main__":
    run(MONITOR, build, config=from_environment)
