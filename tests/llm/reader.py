"""A script that reads remarks and chooses trips as a good model would, for whole days.

A **remark** is read by the phrases that `simulation/parties/remarks.py` has for each wish, in its three languages, and by
nothing else in the prompt. A demand without a right is noted like any wish: dropping it is the check's job. "Tomorrow" is
noted as leaving after the midnight that begins it.

Of the **options** it chooses the one with the fewest minutes for connections, then for a transfer to another airport, then the
first. The reasons are those of these two terms that another option has and this one lacks.
"""

import json
import re
from typing import Any

from tests.llm.replies import Reply, Request, Unscripted, says, shortly

_REMARK = re.compile(r'^The passengers wrote:\n(".*")$', re.MULTILINE)
_OPTION = re.compile(r"^- option ([A-H]): .*?; cost \d+(?: \(([^)]*)\))?(?:; does not meet [^.]*)?\. \[", re.MULTILINE)

_DEADLINE = re.compile(
    r"\b(?:before|by|antes de las|a las|avant|pour) (?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?(?: (?P<half>am|pm|h)\b)?"
)
_TOMORROW = re.compile(r"tomorrow .* suit me better")
_AIRPORT = re.compile(r"(?:parked at|coche en|garée à) ([A-Z]{3})\b")
_NONSTOP = re.compile(
    r"(?:cannot|can't) change planes|direct flight|no connections"
    r"|no puedo hacer escalas|no podemos cambiar de avión|vuelo directo"
    r"|pas de correspondance|ne pouvons pas changer d'avion|vol direct",
    re.IGNORECASE,
)
_CABIN = re.compile(r"\b(first|economy) class\b")
_TOGETHER = re.compile(
    r"keep us together|together or not at all|split up|no nos separen|viajar separados|ne nous séparez pas",
    re.IGNORECASE,
)
_NEEDS = {
    "OXYG": re.compile(r"oxygen|oxígeno|oxygène"),
    "LANG": re.compile(r"doesn't speak English|ne parle pas anglais"),
}


def reads(request: Request) -> Reply:
    """The script: an answer to either form of the planner's judgement."""
    match request.schema_name:
        case "Understood":
            return says(understood(remark_in(request.prompt.user)))
        case "Choice":
            return says(chosen(request.prompt.user))
        case _:
            raise Unscripted(f"neither a remark nor a choice: {shortly(request.prompt)}")


def remark_in(user: str) -> str:
    """The quoted remark. Raises `Unscripted` if the prompt has none."""
    found = _REMARK.search(user)
    if found is None:
        raise Unscripted("no remark in the prompt")
    remark: str = json.loads(found[1])
    return remark


def understood(remark: str) -> dict[str, Any]:
    """The remark's wishes, in the fields of the answer."""
    deadline, airport, cabin = _DEADLINE.search(remark), _AIRPORT.search(remark), _CABIN.search(remark)
    return {
        "arrive_by": _written(deadline) if deadline else None,
        "depart_after": {"clock": "0:00", "half": None, "day": "next"} if _TOMORROW.search(remark) else None,
        "airports": [airport[1]] if airport else [],
        "nonstop": bool(_NONSTOP.search(remark)),
        "cabin": cabin[1] if cabin else None,
        "together": bool(_TOGETHER.search(remark)),
        "needs": [need for need, words in _NEEDS.items() if words.search(remark)],
    }


def chosen(user: str) -> dict[str, Any]:
    """An option by its letter, and why. Raises `Unscripted` if the prompt has none."""
    options = {label: _cost(cost) for label, cost in _OPTION.findall(user)}
    if not options:
        raise Unscripted("no option in the prompt")
    best = min(
        options, key=lambda label: (options[label].get("connection", 0), options[label].get("transfer", 0), label)
    )
    because = [
        term
        for term in ("connection", "transfer")
        if term not in options[best] and any(term in terms for terms in options.values())
    ]
    return {"option": best, "because": because}


def _written(deadline: re.Match[str]) -> dict[str, str | None]:
    half = deadline["half"]
    return {
        "clock": f"{deadline['hour']}:{deadline['minute'] or '00'}",
        "half": half if half in {"am", "pm"} else None,
        "day": None,
    }


def _cost(text: str) -> dict[str, float]:
    """`delay 60, transfer 120`, minutes by term."""
    return {term: float(minutes) for term, _, minutes in (part.rpartition(" ") for part in text.split(", ") if part)}
