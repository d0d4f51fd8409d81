"""Reads settings from environment variables. Every error has one form:

    IROPS_ACK_WAIT_S is 'soon': wanted a number of seconds from 0.2 to 600

Of anything that looks like a URL an error shows the scheme only: the rest may hold a password. An empty value is a value.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

from bus.known_settings import Variables

T = TypeVar("T")
N = TypeVar("N", int, float)

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_YEAR = 365 * 24 * 60
"""Minutes: dates this far ahead can still be computed."""


def scheme_only(url: str) -> str:
    """A URL, or what should have been one, as an error shows it."""
    if not url:
        return "empty"
    scheme = _SCHEME.match(url)
    return repr(f"{scheme[0]}...") if scheme else "without a scheme"


def _shown(value: str) -> str:
    return scheme_only(value) if "://" in value else repr(value)


def bad_setting(key: str, *, value: str, wanted: str, shown: Callable[[str], str] = _shown) -> ValueError:
    """The error for a setting that cannot be used; `shown` formats its value."""
    return ValueError(f"{key} is {shown(value)}: wanted {wanted}")


def require_extra(key: str, *, extra: str, packages: Sequence[str]) -> None:
    """Check that the packages a setting needs are installed, without importing them.

    Raises `ValueError` naming the setting and the extra that has them."""
    if missing := [package for package in packages if find_spec(package) is None]:
        raise ValueError(f"{key} needs {missing[0]}, which is not installed: pip install 'irops[{extra}]'")


class Environment:
    """Environment variables. An absent one has its default. Each method raises `ValueError` naming the key, its value and what
    is wanted. Limits are inclusive."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def owns(self, prefix: str) -> None:
        """Say that every variable with this prefix is meant for this program: one that it does not read is an error."""
        if isinstance(self._variables, Variables):
            self._variables.owned.add(prefix)

    def read(
        self,
        key: str,
        *,
        default: T,
        parse: Callable[[str], T | None],
        wanted: str,
        shown: Callable[[str], str] = _shown,
    ) -> T:
        """`parse` returns None or raises `ValueError` for a bad value; `shown` formats it for the error."""
        value = self._variables.get(key)
        if value is None:
            return default
        try:
            parsed = parse(value)
        except ValueError:
            parsed = None
        if parsed is None:
            raise bad_setting(key, value=value, wanted=wanted, shown=shown)
        return parsed

    def seconds(self, key: str, *, default: timedelta, least: float = 0, most: float = 3600) -> timedelta:
        """A duration; the variable and its limits are in seconds."""
        return self.read(
            key,
            default=default,
            parse=lambda value: timedelta(seconds=_within(float(value), least, most)),
            wanted=f"a number of seconds {_range(least, most)}",
        )

    def minutes(self, key: str, *, default: timedelta, least: float = 0, most: float = _YEAR) -> timedelta:
        """A duration; the variable and its limits are in minutes."""
        return self.read(
            key,
            default=default,
            parse=lambda value: timedelta(minutes=_within(float(value), least, most)),
            wanted=f"a number of minutes {_range(least, most)}",
        )

    def days(self, key: str, *, default: T, least: float, most: float) -> timedelta | T:
        """A duration, given in days like its limits; zero for ever."""

        def parse(value: str) -> timedelta:
            number = float(value)
            return timedelta(days=number if number == 0 else _within(number, least, most))

        if self._variables.get(key) is None:
            return default
        wanted = f"a number of days {_range(least, most)}, or 0 for ever"
        return self.read(key, default=timedelta(0), parse=parse, wanted=wanted)

    def number(self, key: str, *, default: float, least: float = 0, most: float = 1_000_000) -> float:
        return self.read(
            key,
            default=default,
            parse=lambda value: _within(float(value), least, most),
            wanted=f"a number {_range(least, most)}",
        )

    def count(self, key: str, *, default: int, least: int = 0, most: int = 1_000_000) -> int:
        return self.read(
            key,
            default=default,
            parse=lambda value: _within(int(value), least, most),
            wanted=f"a whole number {_range(least, most)}",
        )

    def flag(self, key: str, *, default: bool) -> bool:
        return self.read(
            key,
            default=default,
            parse=lambda value: {"true": True, "false": False}.get(value.lower()),
            wanted="true or false",
        )

    def folder(self, key: str, *, default: Path | None) -> Path | None:
        """An existing folder; an empty value is None."""
        if self._variables.get(key) == "":
            return None
        return self.read(
            key,
            default=default,
            parse=lambda value: Path(value) if Path(value).is_dir() else None,
            wanted="an existing folder",
        )

    def choice(self, key: str, *, default: T, among: Sequence[T]) -> T:
        """One of these values, by its text."""
        return self.read(
            key,
            default=default,
            parse={str(each): each for each in among}.get,
            wanted=" or ".join(map(str, among)),
        )

    def file(self, key: str, *, default: Path | None, parse: Callable[[Path], object], wanted: str) -> Path | None:
        """A file that `parse` accepts: it raises `ValueError` or `OSError` for one that cannot be used. An empty value is
        None."""
        if self._variables.get(key) == "":
            return None

        def checked(value: str) -> Path | None:
            try:
                parse(Path(value))
            except OSError:
                return None
            return Path(value)

        return self.read(key, default=default, parse=checked, wanted=wanted)


def _within(number: N, least: float, most: float) -> N:
    if not least <= number <= most:  # nor is "nan", which compares with nothing
        raise ValueError
    return number


def _range(least: float, most: float) -> str:
    return f"from {least:.15g} to {most:.15g}"
