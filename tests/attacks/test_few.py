"""One attack of each kind, for the default suite; `make slow` plays all of them."""

from pathlib import Path

from irops.audit import audit
from tests.attacks.attack_world import play
from tests.attacks.checks import leaked, trip_of
from tests.attacks.elsewhere import ELSEWHERE
from tests.attacks.leaking import LEAKING
from tests.attacks.looping import LOOPING
from tests.attacks.smuggling import SMUGGLING
from tests.attacks.wanting import WANTING
from tests.attacks.wishing import WISHING

KINDS = (WANTING, LEAKING, LOOPING, SMUGGLING, WISHING, ELSEWHERE)


async def test_one_attack_of_each_kind_gains_nothing(tmp_path: Path) -> None:
    """Each attacker ends on the trip that the rules allow, and no letter, message or log has words from outside."""
    outcome = await play([kind[0] for kind in KINDS], tmp_path)
    for market in outcome.markets.values():
        assert trip_of(market, outcome) == market.wanted
        assert [leaked(letter.get_content()) for letter in outcome.end.letters(market.attacker)] == [[]]
    assert not [message.subject for message in outcome.messages if leaked(f"{message.headers} {message.data}")]
    assert not [agent for agent, log in outcome.logs.items() if leaked(log)]
    judged = audit(outcome.end.streams)
    unreachable = sum(kind[0].where == "contact" for kind in KINDS)  # no letter can reach such a party, which counts
    assert judged.figures["unnotified_parties"] == unreachable
    assert sum(judged.figures.values()) == unreachable
