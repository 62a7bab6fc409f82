"""From typed settings to the engine's structures, field by field, by name."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def native_fields(kind: type) -> list[str]:
    """Return the names of a native structure's fields."""
    return [name for name, value in vars(kind).items() if isinstance(value, property)]


def filled(kind: type[T], *sources: object, **values: object) -> T:
    """Return a native structure, every field of which is given: no default of C++ counts.

    Args:
        kind: of the structure, one of ``_engine``'s.
        sources: objects whose attributes have the names of fields, as settings; the first that has
            one gives it.
        values: fields by name, before what sources say.

    Raises:
        TypeError: a value that is no field's, or a field that nothing gives.
    """
    fields = native_fields(kind)
    unknown = sorted(set(values) - set(fields))
    if unknown:
        raise TypeError(f"{kind.__name__} has no field {unknown[0]!r}")
    made = kind()
    for name in fields:
        if name in values:
            value = values[name]
        else:
            source = next((source for source in sources if hasattr(source, name)), None)
            if source is None:
                raise TypeError(f"{kind.__name__} has a field {name!r} that nothing gives")
            value = getattr(source, name)
        setattr(made, name, value)
    return made
