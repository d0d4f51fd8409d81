"""Messages that forbid what they do not know.

On the bus an unknown field is ignored, so that a message can gain one while older readers run. In a file that somebody wrote
it is a misspelt one, whose value would be lost.
"""

from functools import cache, reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from msgspec import Struct, defstruct, field
from msgspec.structs import fields

M = TypeVar("M", bound=Struct)


@cache
def strict(message: type[M]) -> type[M]:
    """A subclass that is decoded from the same JSON, unless a field in it, at whatever depth, is unknown."""
    stricter = [
        (each.name, kind, field(default=each.default, default_factory=each.default_factory))  # type: ignore[call-overload]
        for each in fields(message)  # which say NODEFAULT where there is none
        if (kind := _strict(each.type)) != each.type
    ]
    made = defstruct(
        message.__name__, stricter, bases=(message,), frozen=True, kw_only=True, forbid_unknown_fields=True
    )
    return cast(type[M], made)


def _strict(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return strict(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is None or origin is Literal:
        return kind
    if origin is Annotated:
        return Annotated[(_strict(arguments[0]), *arguments[1:])]
    if origin in (Union, UnionType):
        return reduce(or_, map(_strict, arguments))
    return origin[tuple(map(_strict, arguments))]
