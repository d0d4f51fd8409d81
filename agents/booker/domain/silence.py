"""Flights of which no word comes any more: when that counts, and what follows.

| no word of it | counts as silent | its passengers are presumed |
|---|---|---|
| on its way elsewhere | `Rules.presumed` after its known arrival there | to have landed there |
| back at its origin, with no time to leave again | `Rules.presumed` after it came back | to be there, with no flight |

Until then nothing is given up: most fly on. Then its holders are named, as if it had landed or were cancelled, and are planned
on from where they are. The next word, whatever it is, ends the silence, and is answered as any word is.

That a flight is silent is in its ledger, written with the fact. So each silence has one fact, whatever restarts, and planner
and booker judge by the same.
"""

from datetime import datetime, timedelta

from msgspec import structs

from agents.booker.domain.rules import SaleRules
from contracts.ledger import SeatLedger, SeatsDisrupted

_RULES = SaleRules()


def silent_at(ledger: SeatLedger, *, presumed: timedelta) -> datetime | None:
    """When this flight counts as silent if no word comes until then, be it past; None for one that is, or never will be."""
    if ledger.silent:
        return None
    match ledger.phase:
        case "diverted":
            return ledger.expected_arrival + presumed
        case "returned":
            return ledger.expected_departure + presumed
        case _:
            return None


def fall_silent(ledger: SeatLedger, *, rules: SaleRules = _RULES) -> tuple[SeatLedger, SeatsDisrupted]:
    """The flight once it counts as silent, and the fact that names its holders. It is a fact without holders too: plans on
    their way rest on what was presumed until now, and a stranded party may be on board."""
    n = ledger.last_fact + 1
    fact = SeatsDisrupted(
        flight=ledger.flight,
        n=n,
        kind="diverted",
        parties=tuple(sorted(ledger.holders)),
        departs=ledger.departs,
        arrives=ledger.arrives,
        diverted_to=ledger.diverted_to,
        rules=rules.version,
    )
    return structs.replace(ledger, silent=True, last_fact=n, last_disruption=n, last_for_all=n), fact
