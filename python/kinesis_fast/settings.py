"""What a setting may be, said once, where its field is declared.

    reach: Annotated[float, within(0.0, 10.0), Unit("rad")] = 0.3

:func:`check` walks a whole configuration by what its fields say; :func:`settings_of` finds those of
one role; :func:`listed` tells users all of it.
"""

from __future__ import annotations

import ast
import enum
import inspect
import math
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from annotated_types import Interval, Len, Unit

from kinesis_fast.config import check_names, check_ranges
from kinesis_fast.errors import InputError

T = TypeVar("T")

__all__ = [
    "NO_UNIT",
    "Before",
    "Len",
    "Of",
    "OneOf",
    "Setting",
    "Span",
    "Unit",
    "before",
    "check",
    "fields_with",
    "listed",
    "numbers",
    "settings_of",
    "within",
]

NO_UNIT = Unit("1")
"""Of numbers without a unit: shares, ratios, weights."""


def numbers(*values: T) -> list[T]:
    """Return the default of a field that is a list: one of its own for every object."""
    made: list[T] = field(default_factory=lambda: list(values))
    return made


def within(low: float, high: float) -> Interval:
    """Return the range of a number, both ends of it allowed."""
    return Interval(ge=low, le=high)


@dataclass(frozen=True)
class OneOf:
    """The names of which a text is one."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Span:
    """Two numbers, a lower and an upper bound, each within a range."""

    low: float
    high: float


class Of(enum.Enum):
    """What else than its own environment a setting says something of."""

    POLICY = "what a policy sees, and how what it decides is done"
    FOLLOWING = "how a motion is followed, in all tasks in which one is"
    EPISODES = "how episodes begin and end, whatever acts in them"


@dataclass(frozen=True)
class Before:
    """What a setting's absence amounted to, where checkpoints were written before there was it."""

    value: Any


@dataclass(frozen=True)
class Setting:
    """One setting, as users are told of it."""

    name: str
    """With those of the configurations that it is in, as ``env.joint.reach``."""
    value: Any
    unit: str | None
    """Empty where it has none; None where nothing is said of one."""
    allowed: str
    """The range, or the names that it may be."""
    meaning: str


def check(config: Any, prefix: str = "") -> None:
    """Raise InputError for the first value that its field does not allow, nested ones included.

    Args:
        config: a dataclass object whose fields' types are ``Annotated`` with :func:`within`,
            :class:`OneOf` or :class:`Span`.
        prefix: what comes before the names of its settings, with a dot.
    """
    for name, hint in _hints(type(config)).items():
        _check_value(prefix + name, getattr(config, name), hint)


def settings_of(config: type, role: Of) -> list[str]:
    """Return the names of a configuration's own fields that have a role."""
    return [name for name, hint in _hints(config).items() if role in _said(hint)]


def fields_with(config: type, kind: type) -> list[str]:
    """Return the names of a configuration's own fields of which something of a kind is said."""
    return [
        n for n, hint in _hints(config).items() if any(isinstance(s, kind) for s in _said(hint))
    ]


def before(config: type) -> dict[str, Any]:
    """Return the values of settings that older checkpoints lack, nested as they are."""
    found: dict[str, Any] = {}
    for name, hint in _hints(config).items():
        kind = _kind(hint)
        inner = before(kind) if isinstance(kind, type) and is_dataclass(kind) else {}
        if inner:
            found[name] = inner
        for old in _said(hint):
            if isinstance(old, Before):
                found[name] = old.value
    return found


def listed(config: Any, prefix: str = "") -> Iterator[Setting]:
    """Yield every setting of a configuration, nested ones included, in order."""
    meanings = _meanings(type(config))
    for name, hint in _hints(type(config)).items():
        value = getattr(config, name)
        if is_dataclass(value):
            yield from listed(value, f"{prefix}{name}.")
            continue
        said = _said_inside(hint)
        unit = next((one.unit for one in said if isinstance(one, Unit)), None)
        allowed = next((text for text in map(_allowed, said) if text), _plain(hint))
        unit = "" if unit == NO_UNIT.unit else unit
        yield Setting(prefix + name, value, unit, allowed, meanings.get(name, ""))


def _check_value(name: str, value: object, hint: Any) -> None:
    if value is None:
        return
    if is_dataclass(value):
        check(value, f"{name}.")
        return
    for said in _said(hint):
        if isinstance(said, OneOf):
            check_names(((name, value, said.names),))
        elif isinstance(said, Interval):
            check_ranges(((name, value, said.ge, said.le),))  # type: ignore[arg-type]
        elif isinstance(said, Span):
            _check_span(name, value, said)
        elif isinstance(said, Len):
            _check_length(name, value, said)
    if _kind(hint) is str and not isinstance(value, str):
        raise InputError(f"{name} is {value!r}; it must be text")
    inner = get_args(_kind(hint))
    if isinstance(value, Mapping) and inner:
        for key, item in value.items():
            _check_value(f"{name}.{key}", item, inner[1])
    elif isinstance(value, (list, tuple)) and inner:
        for item in value:
            _check_value(name, item, inner[0])


def _check_span(name: str, value: Any, span: Span) -> None:
    check_ranges((name, bound, span.low, span.high) for bound in value)
    if len(value) != 2 or value[0] > value[1]:
        raise InputError(f"{name} is {value}; it must be a lower and an upper bound")


def _check_length(name: str, value: Any, length: Len) -> None:
    most = math.inf if length.max_length is None else length.max_length
    if not length.min_length <= len(value) <= most:
        raise InputError(
            f"{name} has {len(value)} numbers; it must have {_numbers(length.min_length, most)}"
        )


def _numbers(least: int, most: float) -> str:
    return f"{least} or more" if most == math.inf else f"{least} to {most:g}"


def _hints(config: Any) -> dict[str, Any]:
    hints = get_type_hints(config, include_extras=True)
    return {one.name: hints[one.name] for one in fields(config)}


def _kind(hint: Any) -> Any:
    return hint.__origin__ if get_origin(hint) is Annotated else hint


def _said(hint: Any) -> tuple[Any, ...]:
    return hint.__metadata__ if get_origin(hint) is Annotated else ()


def _said_inside(hint: Any) -> tuple[Any, ...]:
    """Return what is said of a field, or of the numbers in it."""
    inner = [said for part in get_args(_kind(hint)) for said in _said_inside(part)]
    return (*_said(hint), *inner)


def _allowed(said: Any) -> str:
    if isinstance(said, OneOf):
        return ", ".join(said.names)
    if isinstance(said, Interval):
        return f"{_short(said.ge)} to {_short(said.le)}"
    if isinstance(said, Span):
        return f"two of {_short(said.low)} to {_short(said.high)}"
    return ""


def _short(number: Any) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


def _plain(hint: Any) -> str:
    """Return what a value may be of which nothing is said but its type."""
    kind = _kind(hint)
    if kind is bool or kind == bool | None:
        return "true, false" if kind is bool else "true, false, null"
    return "names" if get_origin(kind) in (list, dict) else "text"


def _meanings(config: Any) -> dict[str, str]:
    """Return the text under every field, by its name: what editors and documentation show."""
    found: dict[str, str] = {}
    owners: list[Any] = [owner for owner in reversed(config.__mro__) if is_dataclass(owner)]
    for owner in owners:
        body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
        assert isinstance(body, ast.ClassDef)
        for one, two in zip(body.body, body.body[1:], strict=False):
            if isinstance(one, ast.AnnAssign) and isinstance(two, ast.Expr):
                text = ast.literal_eval(two.value)
                found[ast.unparse(one.target)] = " ".join(str(text).split())
    return found
