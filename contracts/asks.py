"""Questions with an answer: request and reply on `ask.<agent>.<verb>`.

An answer is either the reply's JSON, or an error in NATS micro's own headers (`Nats-Service-Error-Code` and
`Nats-Service-Error`) with a code of HTTP's meaning.
"""

from msgspec import Struct

from contracts.dead import DeadLetter
from contracts.flights import Instant
from contracts.ledger import Booking
from contracts.names import Pnr
from contracts.subject import Ask


class Step(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Lock-step replay: handle what is there up to these stream sequences, as of `now`, then answer."""

    now: Instant
    upto: dict[str, int]


class Stepped(Struct, frozen=True, omit_defaults=True, kw_only=True):
    handled: int
    written: dict[str, int]
    """The last sequence of each stream this agent has written to."""
    wake_at: Instant | None = None
    """When a message that asked to be retried wants to be."""


class ImportBookings(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Put these bookings into the ledger: all that are sound, each with its seats."""

    bookings: tuple[Booking, ...]


class Imported(Struct, frozen=True, omit_defaults=True, kw_only=True):
    taken: int
    refused: dict[Pnr, str]
    """Why, per booking."""


class Retried(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The dead letter's message was handled after all (`done`), or what its end was this time."""

    done: bool
    why: str = ""


class ShowPrompt(Struct, frozen=True, kw_only=True):
    """What would a model be asked about this party now?"""

    pnr: Pnr


class PromptFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One fact in a prompt: where it was read, its revision there, and how old it is."""

    name: str
    source: str
    revision: int
    age_s: float


class PromptShown(Struct, frozen=True, omit_defaults=True, kw_only=True):
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
