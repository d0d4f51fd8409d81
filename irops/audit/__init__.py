"""The audit: the final state of the system, recomputed from the streams alone.

It imports no module of the agents and relies on none of their conclusions: seats are counted from the bookings, and trips for
stranded parties are searched for by another method. Pure: the caller reads the streams and passes them as `Streams`.
"""

from irops.audit.judge import FIGURES, Affected, Audit, audit
from irops.audit.report import (
    FlightFigures,
    Latency,
    NoticeFigures,
    OfferFigures,
    RemarkFigures,
    fell_back,
    flight_figures,
    latencies,
    notice_figures,
    offer_figures,
    percentile,
    remark_figures,
)
from irops.audit.rules import TripRules
from irops.audit.streams import ReservationFact, Streams

__all__ = [
    "ReservationFact", "Streams", "TripRules", "FIGURES", "audit", "Audit", "Affected",
    "percentile", "latencies", "Latency", "flight_figures", "FlightFigures", "notice_figures", "NoticeFigures",
    "remark_figures", "RemarkFigures", "offer_figures", "OfferFigures", "fell_back",
]  # fmt: skip
