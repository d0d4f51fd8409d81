"""Everything one frame of the panel shows."""

from datetime import datetime

from msgspec import Struct

from contracts.ledger import JourneyState


class ReplayProgress(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How far a replay has come: event time in seconds, and statuses of its feed."""

    seconds: float
    of_seconds: float
    statuses: int
    """Statuses the whole feed has."""


class Counts(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What was counted in a window."""

    statuses: int = 0
    rate: float = 0.0
    """Statuses per second of wall time, over the last seconds."""
    disruptions: int = 0
    outcomes: dict[JourneyState, int] = {}
    """Parties by their latest outcome: rebooked, kept, stranded."""
    notices: int = 0
    superseded: int = 0
    pointless: int = 0
    undelivered: int = 0
    """Notices that no channel has accepted so far."""
    marked: int = 0
    """Journeys whose trip, by their latest fact, a person should look at."""
    latency_ms: tuple[float, float] | None = None
    """p50 and p99 from feed event to letter, over the latest 2,000 letters."""
    dead: int = 0
    """Messages that became dead letters."""
    news: tuple[str, ...] = ()
    """What just happened to whom, latest last: flights and counts, no names, contacts or PNRs."""


class Reports(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What the agents reported of themselves when last asked."""

    agents: dict[str, int] = {}
    """Instances that answered, by agent."""
    lag_ms: tuple[float, float] | None = None
    """p50 and p99 of the planners' views."""
    model: str = ""
    """What the planners' model was asked; empty without a model."""
    trouble: str = ""
    """Why a planner does not ask its model at present; empty while they do."""


class Figures(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A whole frame."""

    now: datetime
    """Event time, in the zone it is shown in."""
    zone: str
    """That zone, by its IANA name."""
    pace: str
    """How event time runs, e.g. `900 x real time`."""
    window: str
    """What the counts are over, e.g. `the last 60 min`."""
    counts: Counts
    reports: Reports
    progress: ReplayProgress | None = None
    """Of the replay that shows the panel; None elsewhere."""
    clock_note: str = ""
    """One sentence where event time is not the wall clock's though no replay shows the panel; else empty."""
    restarts: int | None = None
    """Processes restarted by the command that shows the panel; None where it supervises none."""
    alarm: str = ""
    """The last death of a supervised process."""
