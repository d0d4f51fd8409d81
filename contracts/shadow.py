"""A shadow: a system that plans and decides on a copy of the feed, beside the one that acts. Nothing of it reaches anyone.

The mark is set in an empty system, before its agents start, and stays. docs/shadow.md has how a shadow is run.
"""

from msgspec import Struct

from contracts.flights import Instant
from contracts.subject import Subject


class Shadow(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """This system is a shadow: its agents mark what they write with the header `ce-shadow`, and send no letter."""

    since: Instant
    """Event time."""


SHADOW = Subject("clock.shadow", Shadow, "CLOCK")
"""operator -> every agent, as a view"""
