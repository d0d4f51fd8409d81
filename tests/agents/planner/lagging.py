"""Views of the planner that lag as a test says."""

from datetime import timedelta

from agents.planner.views import PlannerViews


class LaggingViews(PlannerViews):
    """The true views, with a lag that the test sets."""

    set_lag: timedelta | None = None
    """None: the true lag."""
    current_after: int | None = None
    """The number of looks at the lag after which the view is current; None: never."""
    looks: int = 0
    """How often the lag was looked at."""

    @property
    def lag(self) -> timedelta:
        self.looks += 1
        if self.current_after is not None and self.looks > self.current_after:
            return timedelta(0)
        return super().lag if self.set_lag is None else self.set_lag
