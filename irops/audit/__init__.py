"""The audit: what is true in the end, recomputed from the streams alone.

It shares no code with the agents and takes none of their words for it: seats are counted from the bookings, trips for the
stranded are searched for by another method. Pure: whoever reads the streams hands them over as `Streams`.
"""

from irops.audit.answers import latest_facts
from irops.audit.judge import Affected, Audit, audit
from irops.audit.legal import TripRules
from irops.audit.report import (
    FlightFigures,
    Latency,
    NoticeFigures,
    RemarkFigures,
    fell_back,
    flight_figures,
    latencies,
    notice_figures,
    percentile,
    remark_figures,
)
from irops.audit.streams import Streams

__all__ = [
    "Streams", "TripRules", "audit", "Audit", "Affected",
    "percentile", "latencies", "Latency", "flight_figures", "FlightFigures", "notice_figures", "NoticeFigures",
    "latest_facts", "remark_figures", "RemarkFigures", "fell_back",
]  # fmt: skip
