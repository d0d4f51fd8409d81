"""The wheel is complete: code, templates, catalogue, licence, type markers and the command."""

import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("contracts", "bus", "policy", "llm", "agents", "simulation", "irops")


def test_the_wheel_has_every_file_of_the_packages_and_the_command(wheel: Path) -> None:
    """Nothing in the packages is left out, and installing it puts `irops` on the path."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        points = next(name for name in held if name.endswith("entry_points.txt"))
        assert "irops = irops.__main__:main" in archive.read(points).decode()
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    wanted = {path.relative_to(ROOT).as_posix() for path in files if path.suffix != ".pyc"}
    assert "agents/notifier/templates/fr/changed.txt" in wanted
    assert {f"{package}/py.typed" for package in PACKAGES} <= held
    assert wanted <= held, f"not in the wheel: {sorted(wanted - held)}"
    assert any(name.endswith("licenses/LICENSE") for name in held)
