"""The lock has what is declared, by hash, from whichever index the user's pip is configured for."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
WANTED = [*DECLARED["dependencies"], *(r for extra in DECLARED["optional-dependencies"].values() for r in extra)]


def _locked() -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", LOCK, re.M))


@pytest.mark.parametrize("wanted", WANTED)
def test_every_declared_dependency_is_locked_at_a_version_it_allows(wanted: str) -> None:
    """`make lock` was run after the last change of pyproject.toml."""
    requirement = Requirement(wanted)
    locked = _locked().get(requirement.name.lower().replace("_", "-"))
    assert locked, f"{requirement.name} is not in requirements.lock: run `make lock`"
    assert requirement.specifier.contains(locked), f"{wanted} is locked at {locked}: run `make lock`"


def test_every_locked_package_has_hashes() -> None:
    """pip refuses any file other than the locked one."""
    blocks = re.split(r"^(?=[a-z0-9])", re.sub(r"^#.*\n", "", LOCK, flags=re.M), flags=re.M)[1:]
    assert len(blocks) == len(_locked())
    assert not [b.splitlines()[0] for b in blocks if "--hash=sha256:" not in b]


def test_the_lock_names_no_address() -> None:
    """The index is the user's choice, in the settings of their pip."""
    assert "://" not in LOCK
    assert not re.search(r"^--?(i|f|index|extra|find|trusted)", LOCK, re.M)


def test_the_lock_of_the_javascript_example_names_no_address() -> None:
    """Written with `npm install --package-lock-only --omit-lockfile-registry-resolved`; every package has its hash."""
    packages = json.loads((ROOT / "examples" / "departures_board" / "package-lock.json").read_text())["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert installed
    assert all("integrity" in package and "resolved" not in package for package in installed.values())


def test_a_package_stands_in_one_section_for_those_who_need_it() -> None:
    """An image takes the first section and those that name its extras."""
    sections = dict(part.split("\n", 1) for part in LOCK.split("\n# For ")[1:])
    assert next(iter(sections)) == "everyone"
    assert list(sections)[-1] == "developers"
    named = {extra for title in sections for extra in title.split(", ")} - {"everyone", "developers"}
    assert named == DECLARED["optional-dependencies"].keys() - {"dev", "bench"}
    found = [name for section in sections.values() for name in re.findall(r"^([a-z0-9-]+)==", section, re.M)]
    assert len(found) == len(set(found)) == len(_locked())
    assert "\nmsgspec==" in sections["everyone"]
    assert "apprise==" in sections["channels"]
    assert "\npytest==" in sections["developers"]
