"""`python -m agents.notifier`"""

import os
from functools import partial

from agents.notifier.agent import NOTIFIER, build
from agents.notifier.config import from_environment
from bus import run

if __name__ == "__main__":
    run(NOTIFIER, partial(build, config=from_environment(os.environ)))
