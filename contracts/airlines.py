"""Airlines that have two designators: the ICAO one of three letters, and the IATA one of two characters that tickets have.

`airlines.csv` is derived from `optd_airlines.csv` of OpenTravelData (github.com/opentraveldata/opentraveldata, CC BY 4.0)
as of 2026-07-21. No designator is in it twice, so two airlines never share a key: those that share one are left out.
Airlines of the past are there for replays, unless one of today has their designator. To renew the table:
`python -m contracts.airlines < optd_airlines.csv > contracts/airlines.csv`.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("airlines.csv")

_CORRECTIONS: Mapping[str, str] = {
    "FFT": "F9",  # Frontier Airlines; FTT in the source
    "RPA": "YX",  # Republic Airways; the source has Midwest's MEP
    "TFL": "OR",  # TUI fly Netherlands
    "DLH": "LH",  # Lufthansa; its cargo airline GEC shares LH
    "APG": "Z2",  # Philippines AirAsia; the source also has PQ
    "FPY": "OG",  # Play; the source also has BU
    "PBD": "DP",  # Pobeda
    "LOG": "LM",  # Loganair
    "ROU": "RV",  # Air Canada Rouge
    "NSZ": "LE",  # Norwegian Air Sweden
    "WUK": "W9",  # Wizz Air UK
    "RUK": "RK",  # Ryanair UK
    "SNJ": "6J",  # Solaseed Air
    "JJP": "GK",  # Jetstar Japan
    "NOK": "DD",  # Nok Air
    "JZR": "J9",  # Jazeera Airways
    "UBG": "BS",  # US-Bangla Airlines
}
"""IATA by ICAO designator: rows in which the source errs, or has the IATA designator only."""


@cache
def iata_of() -> Mapping[str, str]:
    """IATA by ICAO designator, some 950. An airline that is not in it goes by the designator that it has."""
    with _TABLE.open(encoding="ascii", newline="") as lines:
        return dict(csv.reader(lines))


def derive(rows: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The table from the source's rows: the corrections, then today's airlines, then past ones, each designator once."""
    pairs = {
        (row["3char_code"], row["2char_code"]): bool(row["validity_to"] or row["env_id"])
        for row in sorted(rows, key=lambda row: not (row["validity_to"] or row["env_id"]))
        if row["3char_code"] and row["2char_code"]
    }
    table = dict(_CORRECTIONS)
    for past in (False, True):
        candidates = [
            pair
            for pair, ended in pairs.items()
            if ended is past and pair[0] not in table and pair[1] not in table.values()
        ]
        times = Counter(designator for pair in candidates for designator in pair)
        table |= dict(pair for pair in candidates if times[pair[0]] == times[pair[1]] == 1)
    return dict(sorted(table.items()))


if __name__ == "__main__":
    csv.writer(sys.stdout, lineterminator="\n").writerows(derive(csv.DictReader(sys.stdin, delimiter="^")).items())
