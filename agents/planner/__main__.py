"""`python -m agents.planner`"""

import os
from functools import partial

from agents.planner.agent import PLANNER, build
from agents.planner.config import from_environment
from bus import run

if __name__ == "__main__":
    run(PLANNER, partial(build, config=from_environment(os.environ)))
