"""The message bus: what agents import. README.md beside this file lists its guarantees."""

from bus.agent import Agent, Deferred, Handlers, Timer
from bus.causation import Cause, current_cause
from bus.deadlines import Deadlines
from bus.delivery import Delivery
from bus.environment import Environment, bad_setting, require_extra, scheme_only
from bus.errors import AskFailed, Conflict, Reject, Retry, StandDown, TooLarge, Unavailable, Unsuitable
from bus.ids import derived_id
from bus.runtime.bus import Bus
from bus.runtime.process import run
from bus.state.store import Commit, Entry, Fact, Loaded, Removal, Write
from bus.state.view import Seen, View

__all__ = [
    "Agent",
    "AskFailed",
    "Cause",
    "Bus",
    "Commit",
    "Conflict",
    "Deadlines",
    "Delivery",
    "Entry",
    "Environment",
    "Fact",
    "Loaded",
    "Reject",
    "Removal",
    "Deferred",
    "Retry",
    "Seen",
    "StandDown",
    "Timer",
    "TooLarge",
    "Unavailable",
    "Unsuitable",
    "View",
    "Handlers",
    "Write",
    "bad_setting",
    "current_cause",
    "derived_id",
    "require_extra",
    "run",
    "scheme_only",
]
