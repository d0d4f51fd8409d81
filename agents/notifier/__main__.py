"""`python -m agents.notifier`"""

from agents.notifier.agent import NOTIFIER, build
from agents.notifier.config import from_environment
from bus import run

if __name__ == "__main__":
    run(NOTIFIER, build, config=from_environment)
