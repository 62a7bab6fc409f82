"""Tendons that stretch: an option of a body, told in its model by three custom numbers a muscle.

The engine keeps the lengths of fibres in MuJoCo's user data and solves the equilibrium of fibres
and tendon in every physics step (``cpp/kinesis/muscle/stretch.hpp``). MuJoCo itself, and the engine
with ``physics: mujoco``, have rigid tendons only.
"""

from __future__ import annotations

from collections.abc import Mapping

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

STRAIN = 0.049
"""Of a tendon at its muscle's peak force (De Groote et al., Ann. Biomed. Eng. 44, 2016; Millard et
al., J. Biomech. Eng. 135, 2013)."""
NUMBERS = {"tendon_strain": (0.0, 0.5), "pennation": (0.0, 1.0), "passive_force": (1.0, 10.0)}
"""By name, the custom number of muscles that have none of their own, and the largest there is."""


def stretch_tendons(
    spec: mujoco.MjSpec,
    strain: float | Mapping[str, float] = STRAIN,
    pennation: Mapping[str, float] | None = None,
    passive_force: Mapping[str, float] | None = None,
) -> None:
    """Let the tendons of a model's muscles stretch, in place.

    Args:
        spec: of muscles alone.
        strain: at the peak force, of all, or by name; 0, as of muscles that are not named, is a
            rigid tendon.
        pennation: angle of the fibres at their optimal length, rad, by name; 0 of others. Fibre
            and slack lengths of the model are then those of pennate fibres.
        passive_force: of fibres strained by 0.6, in peak forces, by name; 1 of others.

    Raises:
        InputError: an unknown muscle, or a number that no tendon has.
    """
    names = [actuator.name for actuator in spec.actuators]
    strains = dict.fromkeys(names, strain) if isinstance(strain, float) else strain
    for (what, (usual, most)), given in zip(
        NUMBERS.items(), (strains, pennation or {}, passive_force or {}), strict=True
    ):
        for name, value in given.items():
            if name not in names:
                raise InputError(f"{what} is given of {name!r}, which is no muscle of this model")
            if not 0.0 <= value <= most:
                raise InputError(f"{what} of {name} is {value:g}; it must be in [0, {most:g}]")
        numeric = next((n for n in spec.numerics if n.name == what), None)
        numeric = numeric or spec.add_numeric(name=what)
        numeric.size = len(names)
        numeric.data = [float(given.get(name, usual)) for name in names]
    spec.nuserdata = max(int(spec.nuserdata), 2 * len(names))


def tendon_strains(model: mujoco.MjModel) -> Array:
    """Return the strain of each muscle's tendon at its peak force, (nu,); 0 of rigid ones."""
    return _numbers(model, "tendon_strain")


def pennations(model: mujoco.MjModel) -> Array:
    """Return the angles of fibres whose tendons stretch at their optimal length, (nu,) rad."""
    return np.where(tendon_strains(model) > 0.0, _numbers(model, "pennation"), 0.0)


def passive_forces(model: mujoco.MjModel) -> Array:
    """Return what fibres whose tendons stretch resist a strain of 0.6 with, peak forces, (nu,)."""
    return _numbers(model, "passive_force")


def tendons_stretch(model: mujoco.MjModel) -> bool:
    """Tell whether any tendon of a model stretches."""
    return bool(tendon_strains(model).any())


def _numbers(model: mujoco.MjModel, name: str) -> Array:
    i = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_NUMERIC, name)
    if i < 0 or model.numeric_size[i] != model.nu:
        return np.full(model.nu, NUMBERS[name][0])
    first = int(model.numeric_adr[i])
    return np.array(model.numeric_data[first : first + model.nu])
