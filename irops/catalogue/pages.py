"""The contracts as pages: the docstring, messages, names and addresses of each module.

Types come from the imported modules. Meanings come from the docstrings, which are only in the source.
"""

import ast
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from inspect import getsource
from types import ModuleType
from typing import Any

import contracts
from contracts.subject import Ask, Subject

_INFRASTRUCTURE = {"subject", "streams"}
"""Modules about how addresses work; they have no messages."""
_ANY = "<agent>"


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    type: str
    default: str
    """Its source; empty where a value must be given."""
    meaning: str


@dataclass(frozen=True, slots=True)
class Message:
    name: str
    meaning: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """An alias: a name for a type, with its source."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Address:
    """A subject, with its publisher and hearer as the contract's docstring names them."""

    subject: Subject[Any]
    publisher: str
    hearer: str


@dataclass(frozen=True, slots=True)
class Question:
    """An ask, with the asker as the contract's docstring names it."""

    ask: Ask[Any, Any]
    asked_by: str


@dataclass(frozen=True, slots=True)
class Page:
    """One module of the contracts."""

    module: str
    meaning: str
    messages: tuple[Message, ...]
    names: tuple[Name, ...]
    addresses: tuple[Address, ...]
    questions: tuple[Question, ...]


def pages() -> tuple[Page, ...]:
    """Every module with messages, by name."""
    names = sorted(info.name for info in pkgutil.iter_modules(contracts.__path__))
    return tuple(_page(import_module(f"contracts.{name}")) for name in names if name not in _INFRASTRUCTURE)


def _page(module: ModuleType) -> Page:
    body = ast.parse(getsource(module)).body
    messages: list[Message] = []
    fields: dict[str, tuple[Field, ...]] = {}
    names: list[Name] = []
    addresses: list[Address] = []
    questions: list[Question] = []
    for node, words in _with_words(body):
        if isinstance(node, ast.ClassDef):
            fields[node.name] = (*(f for base in node.bases for f in fields.get(ast.unparse(base), ())), *_fields(node))
            if not node.name.startswith("_"):
                messages.append(Message(node.name, _meaning(node), fields[node.name]))
        elif isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns).startswith("Ask["):
            asked_by, _, _ = (ast.get_docstring(node) or "").partition(" -> ")
            questions.append(Question(getattr(module, node.name)(_ANY), asked_by))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and (name := _target(node)):
            value = getattr(module, name)
            speaker, _, hearer = words.partition(" -> ")
            if isinstance(value, Subject):
                addresses.append(Address(value, speaker, hearer))
            elif isinstance(value, Ask):
                questions.append(Question(value, speaker))
            elif isinstance(node, ast.Assign) and not name.isupper():
                names.append(Name(name, ast.unparse(node.value), words))
    return Page(
        module.__name__.rpartition(".")[2],
        module.__doc__ or "",
        tuple(messages),
        tuple(names),
        tuple(addresses),
        tuple(questions),
    )


def _with_words(body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Each statement with the docstring that follows it."""
    for node, following in zip(body, [*body[1:], ast.Pass()], strict=True):
        yield node, _words(following)


def _words(node: ast.stmt) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""


def _meaning(node: ast.ClassDef) -> str:
    words = ast.get_docstring(node) or ""
    as_array = any(keyword.arg == "array_like" for keyword in node.keywords)
    return f"{words} In JSON an array of its values, in this order." if as_array else words


def _fields(node: ast.ClassDef) -> Iterator[Field]:
    for statement, words in _with_words(node.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            default = ast.unparse(statement.value) if statement.value else ""
            yield Field(statement.target.id, ast.unparse(statement.annotation), default, words)


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return target.id if isinstance(target, ast.Name) and not target.id.startswith("_") else ""
