"""The conversation as a diagram: facts and questions as solid arrows, states that are viewed or read as dotted ones."""

import re
from collections import defaultdict
from collections.abc import Sequence

from irops.catalogue.pages import Page
from irops.processes.declarations import Declared


def diagram(pages: Sequence[Page], declared: Sequence[Declared]) -> str:
    """Draw it as Mermaid text. Agents are boxes; other publishers are rounded."""
    facts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    states: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    agents = [one.agent for one in declared]
    for address in (address for page in pages for address in page.addresses):
        pattern, message = address.subject.pattern, address.subject.message.__name__
        speakers = [one.agent for one in declared if pattern in one.says + one.keeps] or [address.publisher]
        for one in declared:
            for speaker in speakers:
                if pattern in one.hears:
                    facts[speaker, one.agent].append(message)
                if pattern in one.views + one.reads:
                    states[speaker, one.agent].append(message)
    for question in (question for page in pages for question in page.questions):
        for one in declared:
            if question.ask.name in one.answers:
                facts[question.asked_by, one.agent].append(question.ask.question.__name__)
    others = sorted({speaker for speaker, _ in (*facts, *states)} - set(agents))
    lines = ["flowchart LR"]
    lines += [f"    {_id(other)}([{other}])" for other in others]
    lines += [f"    {agent}[{agent}]" for agent in agents]
    lines += [_arrow("-->", pair, names) for pair, names in sorted(facts.items())]
    lines += [_arrow("-.->", pair, names) for pair, names in sorted(states.items())]
    return "\n".join(lines) + "\n"


def _arrow(arrow: str, pair: tuple[str, str], names: list[str]) -> str:
    return f'    {_id(pair[0])} {arrow}|"{"<br>".join(names)}"| {_id(pair[1])}'


def _id(name: str) -> str:
    return re.sub(r"\W+", "_", name)
