"""The catalogue in `contracts/README.md`: made from the contracts' own words and from what each agent declares of itself."""

from irops.catalogue.pages import pages
from irops.catalogue.render import render
from irops.processes.declarations import declarations


def catalogue() -> str:
    """The whole of it, in Markdown. Raises `Failed` for an agent that does not declare itself."""
    return render(pages(), declarations())


__all__ = ["catalogue"]
