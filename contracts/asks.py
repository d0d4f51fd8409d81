"""Questions: request and reply on `ask.<agent>.<verb>`.

An answer is either the reply's JSON, or an error in NATS micro's headers (`Nats-Service-Error-Code` and `Nats-Service-Error`)
with an HTTP status code.
"""

from msgspec import Struct

from contracts.dead import DeadLetter
from contracts.flights import Instant
from contracts.ledger import Booking
from contracts.names import Pnr
from contracts.subject import Ask


class Step(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Lock-step replay: handle every message up to these stream sequences and do what is due, as of `now`, then answer."""

    now: Instant
    upto: dict[str, int]


class Stepped(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    handled: int
    written: dict[str, int]
    """The last sequence that this agent has written to each stream."""
    wake_at: Instant | None = None
    """When the agent has work next: its timer is due, or a message that waits for a retry."""


class ImportBookings(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Put these bookings into the ledger: those that are sound, each with its seats."""

    bookings: tuple[Booking, ...]


class Imported(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    taken: int
    refused: dict[Pnr, str]
    """The reason for each booking."""


class Retried(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Whether the dead letter's message was handled this time, and the reason if not."""

    done: bool
    why: str = ""


class ShowPrompt(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Show what a model would be asked about this journey now."""

    pnr: Pnr
    journey: int = 1


class PromptFact(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One fact in a prompt: where it was read, its revision there, and its age."""

    name: str
    source: str
    revision: int
    age_s: float


class PromptShown(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    system: str
    user: str
    facts: tuple[PromptFact, ...]


def step_of(agent: str) -> Ask[Step, Stepped]:
    """conductor -> an agent in a lock-step replay"""
    return Ask(agent, "step", Step, Stepped)


def retry_of(agent: str) -> Ask[DeadLetter, Retried]:
    """operator -> the agent whose dead letter it is"""
    return Ask(agent, "retry", DeadLetter, Retried)


SHOW_PROMPT = Ask("planner", "prompt", ShowPrompt, PromptShown)
"""operator -> planner"""
IMPORT_BOOKINGS = Ask("booker", "import", ImportBookings, Imported)
"""operator -> booker"""
