"""The composition of parties, in thousandths: our assumption. The mean party has 1.96 passengers.

Tests measure the result of some shares.
"""

from collections.abc import Mapping
from typing import Final

from contracts.ledger import Language, SeatPreference, Tier
from contracts.names import Airport, Cabin
from contracts.passengers import Ssr
from simulation.draws import table

Ssrs = tuple[Ssr, ...]

SIZES: Final = table({1: 480, 2: 290, 3: 90, 4: 85, 5: 35, 6: 20})

TIERS: Final[Mapping[Cabin, tuple[Tier, ...]]] = {
    "economy": table({"none": 800, "silver": 110, "gold": 60, "platinum": 30}),
    "first": table({"none": 400, "silver": 200, "gold": 220, "platinum": 180}),
}

PREFERENCES: Final[tuple[SeatPreference, ...]] = table({"none": 500, "window": 270, "aisle": 230})

SPANISH: Final[tuple[Language, ...]] = table({"en": 590, "es": 400, "fr": 10})
LANGUAGES: Final[tuple[Language, ...]] = table({"en": 880, "es": 90, "fr": 30})
SPANISH_SPEAKING: Final[frozenset[Airport]] = frozenset({"BQN", "MIA", "PSE", "SJU"})

ALONE: Final[tuple[Ssrs, ...]] = table(
    {
        (): 963, ("UMNR",): 5, ("WCHR",): 10, ("WCHS",): 4, ("WCHC",): 3, ("BLND",): 1, ("DEAF",): 1, ("MEDA",): 1,
        ("OXYG",): 1, ("PETC",): 8, ("AVIH",): 3,
    }
)  # fmt: skip
PAIR: Final[tuple[Ssrs, ...]] = table(
    {
        (): 912, ("INFT",): 30, ("CHLD",): 30, ("WCHR",): 10, ("WCHS",): 4, ("WCHC",): 3, ("BLND",): 1, ("DEAF",): 1,
        ("MEDA",): 1, ("OXYG",): 1, ("PETC",): 5, ("AVIH",): 2,
    }
)  # fmt: skip
FAMILY: Final[tuple[Ssrs, ...]] = table(
    {
        (): 443, ("CHLD",): 440, ("CHLD", "INFT"): 55, ("INFT",): 40, ("WCHR",): 10, ("CHLD", "WCHR"): 3, ("WCHS",): 3,
        ("WCHC",): 2, ("MEDA",): 1, ("OXYG",): 1, ("AVIH",): 2,
    }
)  # fmt: skip

SPEAKS_LITTLE_ENGLISH: Final = 0.2
"""Share of the Spanish- and French-speaking parties with LANG."""
REMARKS: Final = 0.03
"""Share of parties with a remark."""
