"""Typed configuration: structured, with unknown keys and wrong types refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, TypeVar

import numpy as np
import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.yaml_file import check_yaml

T = TypeVar("T")
WRONG_KIND = re.compile(
    r"Value '(.*)' (?:of type '\w+' could not be converted to (Integer|Float)"
    r"|is not a valid (bool) \(type \w+\))"
)
"""OmegaConf's words for a value of another kind."""
KINDS = {"Integer": "a whole number", "Float": "a number", "bool": "true or false"}


def merge(schema: type[T] | T, *layers: Mapping[str, Any] | Sequence[str]) -> T:
    """Return a ``schema`` object from its defaults and layers, later ones winning.

    Args:
        schema: a dataclass, or an object of one, whose values are the defaults.
        layers: nested mappings, or lists of ``key.path=value`` strings.

    Raises:
        InputError: an unknown key, with the nearest valid one, or a value of a wrong type.
    """
    config = OmegaConf.structured(schema)
    for layer in layers:
        try:
            if isinstance(layer, Mapping):
                part = OmegaConf.create(dict(layer))
                _refuse_interpolation(layer)
            else:
                _check_dotlist(layer)
                part = OmegaConf.from_dotlist(list(layer))
            config = OmegaConf.merge(config, part)
        except InputError:
            raise  # it is a ValueError too
        except OmegaConfBaseException as error:
            raise InputError(_explain(error, config, layer)) from error
        except yaml.YAMLError as error:  # OmegaConf's parser knows less than YAML's own
            name = _unread(layer)
            raise InputError(f"setting {name!r} is not understood; write a plain value") from error
        except (
            TypeError,
            ValueError,
            OverflowError,
        ) as error:  # a list where a mapping is; 400 digits
            raise InputError(f"setting {_culprit(config, layer)!r}: {error}") from error
    resolved: T = OmegaConf.to_object(config)  # type: ignore[assignment]
    return resolved


def check_names(settings: Iterable[tuple[str, object, Iterable[str]]]) -> None:
    """Raise InputError for the first setting (name, value, valid values) that is not known."""
    for name, value, valid in settings:
        if value not in tuple(valid):
            raise InputError(f"{name} {value!r} is not known{did_you_mean(value, valid)}")


def check_ranges(settings: Iterable[tuple[str, float, float, float]]) -> None:
    """Raise InputError for the first setting (name, value, least, greatest) out of its range."""
    for name, number, low, high in settings:
        if not isinstance(number, Real):
            raise InputError(
                f"{name} is {number!r}; it must be a number in [{_short(low)}, {_short(high)}]"
            )
        if not low <= number <= high:
            raise InputError(f"{name} is {number}; it must be in [{_short(low)}, {_short(high)}]")


def finite_numbers(name: str, values: object, count: int) -> tuple[float, ...]:
    """Return so many finite numbers.

    Raises:
        InputError: that is not what the values are.
    """
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        numbers = np.empty(0)
    if numbers.shape != (count,) or not np.all(np.isfinite(numbers)):
        raise InputError(f"{name} is {values!r}; it must be {count} finite numbers")
    return tuple(float(number) for number in numbers)


def _short(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


def from_dotlist(items: Sequence[str]) -> dict[str, Any]:
    """Return ``key.path=value`` strings as nested dictionaries.

    Raises:
        InputError: one is no such string, or its value is not understood.
    """
    _check_dotlist(items)
    found: dict[str, Any] = OmegaConf.to_container(OmegaConf.from_dotlist(list(items)))  # type: ignore[assignment]
    return found


def to_yaml(config: object) -> str:
    """Return a dataclass object as YAML."""
    return OmegaConf.to_yaml(OmegaConf.structured(config))


def to_dict(config: object) -> dict[str, Any]:
    """Return a dataclass object as plain nested dictionaries."""
    plain: dict[str, Any] = OmegaConf.to_container(OmegaConf.structured(config))  # type: ignore[assignment]
    return plain


def _check_dotlist(items: Sequence[str]) -> None:
    for item in items:
        if not re.match(r"^[A-Za-z_][\w.]*=", item):
            raise InputError(f"{item!r} is no setting; settings are written key=value")
        _refuse_interpolation(item)
        key, _, value = item.partition("=")
        check_yaml(value, f"setting {key!r}, {_shortened(value)!r},")


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _refuse_interpolation(value: object, where: str = "") -> None:
    """Raise InputError for a text with ``${...}``: settings stand for themselves alone.

    A checkpoint would otherwise read its reader's environment variables.
    """
    if isinstance(value, str) and "${" in value:
        raise InputError(f"setting {where or value!r} has '${{'; settings take no variables")
    if isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_interpolation(item, str(key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            _refuse_interpolation(item, where)


def _unread(layer: Mapping[str, Any] | Sequence[str]) -> str:
    """Return the name of the setting, alone of a layer, that cannot be parsed."""
    for item in layer:
        try:
            OmegaConf.from_dotlist([item])
        except yaml.YAMLError:
            return item.split("=", 1)[0]
    return ""


def _culprit(config: Any, layer: Mapping[str, Any] | Sequence[str]) -> str:
    """Return the name of the setting, alone of a layer, that cannot be merged."""
    for item in layer:
        name = item.split("=", 1)[0]
        part = {item: layer[item]} if isinstance(layer, Mapping) else OmegaConf.from_dotlist([item])
        try:
            OmegaConf.merge(config, part)
        except (OmegaConfBaseException, TypeError, ValueError, OverflowError):
            return name
    return ""


def _explain(
    error: OmegaConfBaseException, config: Any, layer: Mapping[str, Any] | Sequence[str]
) -> str:
    key = str(error.full_key or error.key or _culprit(config, layer))
    if type(error).__name__ in ("ConfigKeyError", "ConfigAttributeError"):
        parent, _, leaf = key.rpartition(".")
        node = OmegaConf.select(config, parent) if parent else config
        names = [str(name) for name in node] if node is not None else []
        where = f" in {parent!r}" if parent else ""
        return f"unknown setting {leaf!r}{where}{did_you_mean(leaf, names)}"
    reason = str(error.msg or error).splitlines()[0]
    return f"setting {key!r}: {WRONG_KIND.sub(_wrong_kind, reason)}"


def _wrong_kind(found: re.Match[str]) -> str:
    """Say in plain words that a value is of another kind than its setting."""
    return f"{found[1]!r} is not {KINDS[found[2] or found[3]]}"
