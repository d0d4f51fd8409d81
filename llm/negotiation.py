"""Which form of request an endpoint accepts, found out once and remembered.

"OpenAI-compatible" endpoints differ in how they take a schema, in the name of the token limit, and in whether they take a
temperature. Requests start in OpenAI's own form. A request that is rejected (HTTP 400, 422) is tried in the next form,
until one is accepted: that form is used from then on, and a later rejection is the fault of its own question. A rejection
that names what it objects to skips every form that has it. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

AnswerFormat = Literal["json_schema", "json_object", "text"]
"""How an answer of a given type is asked for: the schema as `response_format`; any JSON object, with the schema in the
prompt; or plain text with the schema in the prompt, out of which the JSON object is taken."""
TokenLimit = Literal["max_completion_tokens", "max_tokens"]
"""What the limit of an answer is called in a request: by OpenAI today, or as it was before 2024."""
Part = Literal["answer_format", "token_limit", "temperature"]

FORMATS: tuple[AnswerFormat, ...] = ("json_schema", "json_object", "text")
LIMITS: tuple[TokenLimit, ...] = ("max_completion_tokens", "max_tokens")


@dataclass(frozen=True, slots=True)
class Form:
    """`answer_format` is None in a request for free text."""

    answer_format: AnswerFormat | None
    token_limit: TokenLimit
    temperature: bool
    """Whether the configured temperature is sent."""


class Negotiation:
    """Shared by all calls of one endpoint. `typed` requests want an answer of a given type, the others free text."""

    def __init__(self) -> None:
        self._format: AnswerFormat | None = None
        self._limit: TokenLimit | None = None
        self._temperature = True
        self._rejected: set[AnswerFormat | TokenLimit] = set()
        """Named in a rejection, so that other calls need not try them."""

    @property
    def answer_format(self) -> AnswerFormat | None:
        """The one the endpoint accepts; None until it has accepted one."""
        return self._format

    @property
    def token_limit(self) -> TokenLimit | None:
        return self._limit

    @property
    def temperature(self) -> bool:
        return self._temperature

    @property
    def worked(self) -> bool:
        """Whether the endpoint has accepted any request."""
        return self._limit is not None

    def accepted(self, form: Form) -> None:
        """Remembers the form."""
        self._format = self._format or form.answer_format
        self._limit = self._limit or form.token_limit

    def rejected(self, form: Form, about: frozenset[Part]) -> None:
        """Remembers what a rejection names, unless the endpoint has accepted it before: then an error text that names it quotes
        a prompt."""
        if "temperature" in about and not self.worked:
            self._temperature = False
        if "answer_format" in about and form.answer_format and not self._format:
            self._rejected.add(form.answer_format)
        if "token_limit" in about and not self._limit:
            self._rejected.add(form.token_limit)

    def start_over(self) -> None:
        """Forgets what was rejected: by the next question the endpoint may be another."""
        self._rejected.clear()
        if not self.worked:
            self._temperature = True

    def candidates(self, *, typed: bool) -> Iterator[Form]:
        """The forms worth trying, the best first."""
        formats: tuple[AnswerFormat | None, ...] = (self._format,) if self._format else FORMATS
        limits = (self._limit,) if self._limit else LIMITS
        for answer_format, limit in product(formats if typed else (None,), limits):
            if not {answer_format, limit} & self._rejected:
                yield Form(answer_format, limit, self._temperature)


class Search:
    """One request's way through the forms: `form` is the one to try."""

    def __init__(self, negotiation: Negotiation, *, typed: bool) -> None:
        self._negotiation = negotiation
        self._typed = typed
        self._tried: set[Form] = set()
        self.form: Form = self._next() or Form("json_schema" if typed else None, "max_completion_tokens", True)

    @property
    def is_known_to_work(self) -> bool:
        """Whether the endpoint has accepted this very form before."""
        known = self._negotiation
        return self.form.token_limit == known.token_limit and (
            not self._typed or self.form.answer_format == known.answer_format
        )

    def rejected(self, about: frozenset[Part]) -> bool:
        """Moves on to the next form; False if none is left. `about`: what the rejection names, if it names anything."""
        self._tried.add(self.form)
        known_to_work = self.is_known_to_work
        self._negotiation.rejected(self.form, about)
        following = None if known_to_work else self._next()
        if following is None:
            self._negotiation.start_over()
            return False
        self.form = following
        return True

    def _next(self) -> Form | None:
        candidates = self._negotiation.candidates(typed=self._typed)
        return next((form for form in candidates if form not in self._tried), None)
