"""The care agent's decisions, pure: what happened to a journey, and what is owed for it that was not stated before."""

from agents.care.domain.circumstances import flights_of, lost_by
from agents.care.domain.deciding import Decided, Known, care_id, decide, end

__all__ = ["Decided", "Known", "care_id", "decide", "end", "flights_of", "lost_by"]
