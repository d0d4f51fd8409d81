"""`python -m irops.shadow`"""

from bus import run
from irops.shadow.agent import COPIER, build
from irops.shadow.config import from_environment

if __name__ == "__main__":
    run(COPIER, build, config=from_environment)
