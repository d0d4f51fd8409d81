"""The catalogue as Markdown."""

from collections.abc import Iterable, Iterator, Sequence

import contracts
from contracts.streams import STREAMS, Stream
from irops.catalogue.diagram import diagram
from irops.catalogue.pages import Address, Message, Page
from irops.processes.declarations import Declared

_HEAD = """# The contracts

<!-- Made by `irops contracts > contracts/README.md` from the modules here and from what each agent declares.
     A test keeps it current: regenerate it, do not edit it. -->
"""


def render(pages: Sequence[Page], declared: Sequence[Declared]) -> str:
    """Render streams, subjects, questions, every message with its fields, and the names they use."""
    parts = [
        _HEAD,
        (contracts.__doc__ or "").strip(),
        "Solid arrows are facts and questions, which are delivered. Dotted ones are states, viewed (followed live) or "
        "read on demand.",
        f"```mermaid\n{diagram(pages, declared)}```",
        "## Streams",
        _table(("stream", "keeps", "subjects", "remembers"), map(_stream, STREAMS)),
        "Facts also expire, after longer than the longest outage that an agent is to catch up from; states do not.",
        "## Subjects",
        "A `{flight}` is four tokens: carrier, number, origin, date. Where no declaration names an agent, the contract's "
        "own words stand.",
        _table(("subject", "message", "from", "to", "stream"), _addresses(pages, declared)),
        "## Questions",
        "Request and reply; every agent is a NATS micro service.",
        _table(("ask", "question", "answer", "asked by", "answered by"), _questions(pages, declared)),
        "## Messages",
        "JSON. A field with a default may be left out, and is when it has that value; unknown fields are ignored.",
        *(part for page in pages if page.messages for part in _messages(page)),
        "## Names",
        _table(
            ("name", "is", "meaning"),
            ((f"`{name.name}`", _code(name.type), name.meaning) for page in pages for name in page.names),
        ),
        "## What this does not do",
        "It does not describe how messages travel (`bus/README.md`), nor why they are published (each agent's README).",
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _stream(stream: Stream) -> tuple[str, ...]:
    kept = f"{stream.max_age.total_seconds() / 3600:g} h" if stream.max_age else "for ever"
    what = "every message" if stream.every_message else "the latest of each subject"
    return stream.name, stream.what, ", ".join(f"`{subject}`" for subject in stream.subjects), f"{what}, {kept}"


def _addresses(pages: Sequence[Page], declared: Sequence[Declared]) -> Iterator[tuple[str, ...]]:
    for stream in (*(stream.name for stream in STREAMS), ""):
        for address in (address for page in pages for address in page.addresses):
            if address.subject.stream == stream:
                subject = address.subject
                yield (
                    f"`{subject.pattern}`",
                    _link(subject.message.__name__),
                    _published_by(address, declared),
                    _heard_by(address, declared),
                    stream or "none",
                )


def _published_by(address: Address, declared: Sequence[Declared]) -> str:
    pattern = address.subject.pattern
    return ", ".join(one.agent for one in declared if pattern in one.says + one.keeps) or address.publisher


def _heard_by(address: Address, declared: Sequence[Declared]) -> str:
    pattern = address.subject.pattern
    hearers = [one.agent for one in declared if pattern in one.hears]
    hearers += [f"{one.agent} (view)" for one in declared if pattern in one.views]
    hearers += [f"{one.agent} (reads)" for one in declared if pattern in one.reads]
    return ", ".join(hearers) or address.hearer


def _questions(pages: Sequence[Page], declared: Sequence[Declared]) -> Iterator[tuple[str, ...]]:
    for question in (question for page in pages for question in page.questions):
        ask = question.ask
        answering = [one.agent for one in declared if ask.name in one.answers]
        yield (
            f"`{ask.name}`",
            _link(ask.question.__name__),
            _link(ask.answer.__name__),
            question.asked_by,
            ", ".join(answering) or "every agent",
        )


def _messages(page: Page) -> Iterator[str]:
    yield f"### `contracts/{page.module}.py`"
    yield page.meaning.strip()
    for message in page.messages:
        yield f"#### {message.name}"
        if message.meaning:
            yield message.meaning
        yield _fields(message)


def _fields(message: Message) -> str:
    return _table(
        ("field", "type", "default", "meaning"),
        (
            (f"`{field.name}`", _code(field.type), _code(field.default) if field.default else "", field.meaning)
            for field in message.fields
        ),
    )


def _code(source: str) -> str:
    return "`" + source.replace("|", "\\|") + "`"


def _link(message: str) -> str:
    return f"[{message}](#{message.lower()})"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
