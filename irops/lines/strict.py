"""Message types that refuse unknown fields.

On the bus an unknown field is ignored, so that a message can gain a field while older readers run. In a file written by hand
it is a spelling mistake, and its value would be lost.
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
    """Make a subclass that decodes the same JSON, and refuses an unknown field at any depth."""
    stricter = [
        (each.name, kind, field(default=each.default, default_factory=each.default_factory))  # type: ignore[call-overload]
        for each in fields(message)  # fields without a default have NODEFAULT
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
