"""What import-linter cannot express: the complete list of what a package may import."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def imported_by(package: str) -> dict[str, set[str]]:
    """By file: the top-level names of everything it imports, anywhere in it."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        names = found.setdefault(str(path.relative_to(ROOT)), set())
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").partition(".")[0])
    return found


def test_contracts_import_msgspec_and_the_standard_library_only() -> None:
    """Reading a message needs nothing else of this project."""
    allowed = {*sys.stdlib_module_names, "msgspec", "contracts"}
    assert {file: names - allowed for file, names in imported_by("contracts").items() if names - allowed} == {}


def test_policy_imports_contracts_msgspec_and_the_standard_library_only() -> None:
    """Rules are read and judged without anything that runs."""
    allowed = {*sys.stdlib_module_names, "msgspec", "contracts", "policy"}
    assert {file: names - allowed for file, names in imported_by("policy").items() if names - allowed} == {}


def test_the_bus_knows_no_messages_but_its_own() -> None:
    """The clock, pauses, the mark of a shadow, dead letters and the questions every agent answers. A new module of contracts is
    not among them."""
    known = {"asks", "clock", "dead", "pauses", "shadow", "streams", "subject"}
    imported = {
        node.module
        for path in (ROOT / "bus").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("contracts")
    }
    assert imported <= {f"contracts.{module}" for module in known}
