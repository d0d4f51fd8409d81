"""Child processes that end with their parent, even if it is killed or its terminal closes.

Works on Linux only (`PR_SET_PDEATHSIG`). Elsewhere a child ends when its parent stops it.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def ends_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn` that has the kernel send SIGTERM to the child when its parent ends; None where that is not supported.

    The kernel takes the end of the thread that started the child for the parent's end.
    """
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()  # before the fork, after which a child should do little

    def request_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent ended before the request
            os.kill(os.getpid(), signal.SIGTERM)

    return request_signal
