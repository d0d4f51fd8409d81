"""Reads contexts of the `nats` command line tool: where a server is and how to log in, by name.

The tool keeps them in `$XDG_CONFIG_HOME/nats/context/<name>.json`, by default `~/.config/nats/context`. See
https://github.com/nats-io/natscli#configuration-contexts.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct, structs

_NAME = re.compile(r"[^/\\\0]+")
_PATHS = ("creds", "nkey", "ca", "cert", "key")
_UNSUPPORTED = ("nsc", "user_jwt", "user_seed", "jetstream_domain", "jetstream_api_prefix", "socks_proxy")


class Context(Struct, frozen=True, kw_only=True):
    """The fields of a context that concern a connection, as the tool names them."""

    url: str = ""
    user: str = ""
    password: str = ""
    token: str = ""
    creds: str = ""
    nkey: str = ""
    ca: str = ""
    cert: str = ""
    key: str = ""
    tls_first: bool = False
    nsc: str = ""
    user_jwt: str = ""
    user_seed: str = ""
    jetstream_domain: str = ""
    jetstream_api_prefix: str = ""
    socks_proxy: str = ""


def read_context(name: str, variables: Mapping[str, str]) -> Context:
    """Raises `ValueError`, which quotes nothing of the file, for a context that does not exist or cannot be used here."""
    folder = _folder(variables)
    if not _NAME.fullmatch(name) or name in {".", ".."}:
        raise ValueError(f"IROPS_NATS_CONTEXT is {name!r}: wanted the name of a context of the nats tool")
    try:
        context = msgspec.json.decode((folder / f"{name}.json").read_bytes(), type=Context)
    except OSError as failure:
        there = ", ".join(sorted(path.stem for path in folder.glob("*.json"))) or "none"
        raise ValueError(
            f"IROPS_NATS_CONTEXT is {name!r}: {failure.strerror}; the contexts in {folder} are: {there}"
        ) from None
    except msgspec.MsgspecError:
        raise ValueError(
            f"IROPS_NATS_CONTEXT is {name!r}: its file in {folder} is no context of the nats tool"
        ) from None
    if used := [field for field in _UNSUPPORTED if getattr(context, field)]:
        raise ValueError(f"IROPS_NATS_CONTEXT is {name!r}: {used[0]} in a context is not supported")
    paths = {field: _expand(getattr(context, field), variables) for field in _PATHS if getattr(context, field)}
    for field, path in paths.items():
        if not Path(path).is_file():
            raise ValueError(f"IROPS_NATS_CONTEXT is {name!r}: its {field} is no file: {path}")
    return structs.replace(context, **paths)


def _expand(path: str, variables: Mapping[str, str]) -> str:
    """A path, which may begin with `~` or `$HOME`."""
    for prefix in ("~/", "$HOME/", "${HOME}/"):
        if path.startswith(prefix):
            return f"{variables.get('HOME', '~')}/{path.removeprefix(prefix)}"
    return path


def _folder(variables: Mapping[str, str]) -> Path:
    base = variables.get("XDG_CONFIG_HOME") or f"{variables.get('HOME', '~')}/.config"
    return Path(base) / "nats" / "context"
