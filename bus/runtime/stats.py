"""The figures in an agent's micro STATS."""

import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

from bus.runtime.bus import Bus
from bus.runtime.inbox import Inbox
from bus.runtime.timekeeper import Timekeeper
from bus.runtime.worker import Worker


def collect_stats(
    worker: Worker, inbox: Inbox, bus: Bus, timekeeper: Timekeeper, own: Callable[[], Mapping[str, Any]]
) -> dict[str, Any]:
    """JSON types only.

    `outcomes`: messages by outcome (done, retried, rejected, undecodable, bugs), and conflicts. `queued`: delivered, not yet
    in a handler. `deferred`: messages with deferred work in progress. `view_lag_ms`: median and 99th percentile of the time
    from stored to applied, over the latest messages of the views; empty without any. `wakes_at`: when its timer is due next,
    event time, ISO 8601, or None; `woken`: how often it was. `paused`: whether it is paused, and has nothing in
    hand any more. `host` and `pid`: the process. The agent's `own` figures come first.
    """
    wakes_at = timekeeper.wakes_at
    lags = sorted(delay for mirror in bus.mirrors for delay in mirror.delays)
    picked = [round(1000 * lags[min(int(len(lags) * q), len(lags) - 1)], 3) for q in (0.5, 0.99)] if lags else []
    return {
        **own(),
        "outcomes": dict(worker.outcomes),
        "queued": len(inbox),
        "deferred": worker.deferred,
        "view_lag_ms": picked,
        "wakes_at": wakes_at.isoformat() if wakes_at else None,
        "woken": timekeeper.woken,
        "paused": bus.pause is not None and not worker.busy.locked() and not worker.deferred,
        "host": socket.gethostname(),
        "pid": os.getpid(),
    }
