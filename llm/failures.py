"""What a failed request means: whose fault it is, whether a retry may help, and what an operator should change. Pure.

An endpoint's own error text is searched for what it objects to, and never shown: it may quote the prompt or the key.
"""

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from llm.backoff import retry_after
from llm.negotiation import Part
from llm.totals import Reason

Blame = Literal["question", "endpoint", "setup"]
"""`question`: the endpoint works and may answer the next one. `endpoint`: it is in trouble, which may pass. `setup`: by all
signs it rejects every question until the configuration is changed."""

_SEARCHED = 4096
"""Characters of an error body that are looked at."""
_ABOUT: Mapping[Part, re.Pattern[str]] = {
    "answer_format": re.compile(
        r"response_?format|json_?schema|json_?object|structured.?output|grammar", re.IGNORECASE
    ),
    "token_limit": re.compile(r"max_(?:completion_)?tokens", re.IGNORECASE),
    "temperature": re.compile(r"temperature", re.IGNORECASE),
}
_NO_MODEL = re.compile(
    r"model_not_found|invalid model|unknown model|no such model|no model named"
    r"|\bmodel\b.{0,200}?(?:not found|not exist|not available|not supported|is not a valid|unknown)",
    re.IGNORECASE | re.DOTALL,
)
_NO_FORM_HELPS = re.compile(r"context.(?:length|window)|content.filter|content.management|too long", re.IGNORECASE)
"""In rejections of the question itself."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, as far as the endpoint reports believable numbers."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Failed(Exception):
    """One request without a usable answer. `usage`: what a useless answer took."""

    def __init__(
        self,
        reason: Reason,
        detail: str,
        *,
        blame: Blame = "question",
        retry: bool = False,
        wait: timedelta | None = None,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
        self.blame = blame
        self.retry = retry
        """A retry may help, not before `wait`."""
        self.wait = wait
        self.usage = usage or Usage()


class Rejected(Failed):
    """HTTP 400 or the like: the question, or the form of the request. `about`: the parts of the form that the error names."""

    def __init__(self, detail: str, about: frozenset[Part]) -> None:
        super().__init__("http", detail)
        self.about = about

    def in_every_form(self) -> Failed:
        """What it means when no form of the request is accepted and none ever was."""
        return Failed("http", f"{self.detail}: the endpoint rejects every form of request", blame="setup")


def failure_of_status(status: int, headers: Mapping[str, str], body: object, *, worked: bool) -> Failed:
    """`body`: the decoded JSON of the response, or its text. `worked`: the endpoint has accepted a request before.

    Error texts may quote the prompt, so a passenger can write words into them. In an endpoint that has worked they name no
    wrong model.
    """
    detail, text = f"HTTP {status}", " ".join(_strings(body, depth=4))[:_SEARCHED]
    about = frozenset(part for part, named in _ABOUT.items() if named.search(text))
    if status in {408, 409, 429} or (status >= 500 and "answer_format" not in about):
        return Failed("unreachable", detail, blame="endpoint", retry=True, wait=retry_after(headers))
    believed = not about and (status == 404 or not worked)
    if what := _wrong_setup(status, text if believed else ""):
        return Failed("http", f"{detail}: {what}", blame="setup")
    if status in {400, 415, 422, *range(500, 600)} and (about or not _NO_FORM_HELPS.search(text)):
        return Rejected(detail, about)
    return Failed("http", detail)


def _wrong_setup(status: int, text: str) -> str:
    """What in the configuration this status speaks of; empty if it may be the question's own."""
    if status in {400, 404, 422} and _NO_MODEL.search(text):
        return "the endpoint has no model of this name (IROPS_LLM_MODEL)"
    return "redirects are not followed (IROPS_LLM_BASE_URL)" if status < 400 else _SETUP.get(status, "")


_SETUP = {
    401: "the key is not accepted (IROPS_LLM_API_KEY)",
    402: "the account has no credit",
    403: "the key has no right to this (IROPS_LLM_API_KEY)",
    404: "nothing at this address; IROPS_LLM_BASE_URL usually ends in /v1",
    405: "nothing to ask at this address; IROPS_LLM_BASE_URL usually ends in /v1",
    407: "the proxy wants a login",
}


def failure_of_connection(error: BaseException) -> Failed:
    """No connection, or one that broke."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = f"the certificate is not trusted: {cause.verify_message} (IROPS_LLM_CA_FILE)"
            return Failed("unreachable", why, blame="setup")
        if isinstance(cause, ssl.SSLError) and cause.reason in {"WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL"}:
            return Failed("unreachable", "no TLS at this address (IROPS_LLM_BASE_URL)", blame="setup")
        if isinstance(cause, socket.gaierror):
            return Failed("unreachable", "the host's name is not found", blame="endpoint", retry=True)
        if isinstance(cause, ConnectionRefusedError):
            return Failed("unreachable", "connection refused", blame="endpoint", retry=True)
    return Failed("unreachable", "no connection, or it broke", blame="endpoint", retry=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _strings(body: object, *, depth: int) -> Iterator[str]:
    if isinstance(body, str):
        yield body[:_SEARCHED]
    elif depth and isinstance(body, Mapping):
        for name in ("error", "message", "code", "param", "type", "detail", "msg", "loc"):
            yield from _strings(body.get(name), depth=depth - 1)
    elif depth and isinstance(body, list):
        for each in body[:8]:
            yield from _strings(each, depth=depth - 1)


def counted(value: Any) -> int:
    """A number of tokens; 0 for what cannot be one."""
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else 0


_MOST_TOKENS = 1_000_000_000
"""Of one answer: a larger number is not believed."""
