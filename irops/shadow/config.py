"""The settings of the agent that feeds a shadow. NATS_URL, IROPS_KEYS and the others of every agent are for the live system."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bus import Environment
from bus.settings import DEFAULT_URL, Settings, addresses


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    url: str = field(default=DEFAULT_URL, repr=False)
    """`IROPS_SHADOW_URL`: the addresses of the shadow's servers, as in `NATS_URL`. The system there has to be a shadow."""
    keys: Path | None = None
    """`IROPS_SHADOW_KEYS`: the folder with the seed of the shadow's operator, `irops.nk`, as `irops users` makes it; empty:
    none. Where both systems share a server, the key decides in which one the copy is."""

    @property
    def settings(self) -> Settings:
        """Where the shadow is."""
        return Settings(nats_url=self.url, keys=self.keys)


def from_environment(variables: Mapping[str, str]) -> Config:
    """Read the settings; defaults for absent keys. Raises ValueError with the key, its value and what is wanted."""
    environment, default = Environment(variables), Config()
    return Config(
        url=addresses(environment, "IROPS_SHADOW_URL", default=default.url),
        keys=environment.folder("IROPS_SHADOW_KEYS", default=default.keys),
    )
