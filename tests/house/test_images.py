"""What the images are made of."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_an_image_has_every_package() -> None:
    """`.dockerignore` leaves out all that it does not name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {f"!{package}" for package in packages} <= set((ROOT / ".dockerignore").read_text().split())
