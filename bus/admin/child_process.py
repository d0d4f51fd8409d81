"""Processes that end with the one that started them, however that ended: closed terminal, out of memory, SIGKILL.

Linux only (`PR_SET_PDEATHSIG`); elsewhere they are stopped by who started them or not at all.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def ends_with_parent() -> Callable[[], None] | None:
    """What a new process has to do before it becomes the program: ask for SIGTERM when its parent ends. To be given as
    `preexec_fn`. (It counts as the parent's end when the thread that started it ends.)"""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()  # looked up here: a forked process does as little as it can

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it has ended before it was asked
            os.kill(os.getpid(), signal.SIGTERM)

    return ask
