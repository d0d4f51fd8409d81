"""`python -m agents.monitor`"""

import os
from functools import partial

from agents.monitor.agent import MONITOR, build
from agents.monitor.config import from_environment
from bus import run

if __name__ == "__main__":
    run(MONITOR, partial(build, config=from_environment(os.environ)))
