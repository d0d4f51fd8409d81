"""What all structs of the contracts have in common."""

import importlib
import pkgutil
from collections.abc import Iterator

import msgspec
import pytest

import contracts


def structs() -> Iterator[type[msgspec.Struct]]:
    for module in pkgutil.walk_packages(contracts.__path__, "contracts."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.name:
                yield value


@pytest.mark.parametrize("struct", list(structs()), ids=lambda struct: struct.__name__)
def test_a_struct_is_frozen_and_left_out_of_garbage_collection(struct: type[msgspec.Struct]) -> None:
    """A message is a tree and in no reference cycle, so the collector would look at each for nothing: an agent holds many."""
    assert struct.__struct_config__.frozen
    assert not struct.__struct_config__.gc
