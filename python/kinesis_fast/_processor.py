"""Say so where MuJoCo's library would end the process on an instruction the processor lacks."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Mapping
from importlib import import_module


def check_processor(machine: str, features: Mapping[str, bool]) -> None:
    """Warn of an x86 processor without AVX; :mod:`kinesis_fast.deploy` works on it nonetheless.

    Args:
        machine: as ``platform.machine()`` names it.
        features: of the processor, as numpy asked it; what it does not tell is taken to be there.
    """
    if machine.lower() in ("x86_64", "amd64") and not features.get("AVX", True):
        warnings.warn(
            "this processor has no AVX, and MuJoCo will end the process with 'illegal "
            "instruction': Intel's and AMD's processors have it since 2011, virtual machines "
            "where their host passes it on",
            RuntimeWarning,
            stacklevel=2,
        )


def _features() -> Mapping[str, bool]:
    """Return what numpy knows; where it keeps that is not promised."""
    try:
        found = import_module("numpy._core._multiarray_umath").__cpu_features__
    except (ImportError, AttributeError):
        return {}
    return found if isinstance(found, Mapping) else {}


check_processor(platform.machine(), _features())
