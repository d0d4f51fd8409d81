"""What an agent tells of itself in its micro STATS."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from bus.runtime.bus import Bus
from bus.runtime.inbox import Inbox
from bus.runtime.worker import Worker


def stats_of(worker: Worker, inbox: Inbox, bus: Bus, own: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """`ends`: how many messages ended how. `held`: delivered and not in hand yet. `resting`: done but for a rest that goes on.
    `view_lag_ms`: the median and the 99th percentile of the time from being stored to being seen, of the last messages in its
    views; empty where there were none. And what is the agent's `own`."""
    lags = sorted(delay for mirror in bus.mirrors for delay in mirror.delays)
    picked = [round(1000 * lags[min(int(len(lags) * q), len(lags) - 1)], 3) for q in (0.5, 0.99)] if lags else []
    return {
        **own(),
        "ends": dict(worker.ends),
        "held": len(inbox),
        "resting": worker.resting,
        "view_lag_ms": picked,
        "pid": os.getpid(),
    }
