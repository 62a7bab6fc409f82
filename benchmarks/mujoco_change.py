"""What another MuJoCo changes of what this package uses.

In an environment with each of two versions (``mujoco``, or ``mujoco-core``, and ``myo_sim``; this
package need not be built for them):

    python benchmarks/mujoco_change.py write old.npz
    python benchmarks/mujoco_change.py compare old.npz

The second names the functions whose declaration changed or that are gone, of those that ``cpp/``
and ``bindings/`` call, and the fields of MuJoCo's structures that they read; the arrays of the
compiled model that differ by more than rounding; and, from the states that the first wrote, the
arrays of ``mjData`` that do so after ``mj_forward`` and after ``mj_step``.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import mujoco
import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("cpp/kinesis", "bindings")
STRUCTURES = ("mjModel", "mjData", "mjOption", "mjContact", "mjStatistic", "mjSolverStat")
STATE = mujoco.mjtState.mjSTATE_INTEGRATION
STATES = 40
SETTLING = 60
"""Steps with changing controls before a state is kept: feet touch the floor by then."""
ROUNDING = 1e-9
"""What compilers' order of operations may change, over an array's largest value."""
Arrays = dict[str, npt.NDArray[np.float64]]


def main(arguments: list[str]) -> None:
    if len(arguments) != 2 or arguments[0] not in ("write", "compare"):
        sys.exit(__doc__)
    path = Path(arguments[1])
    if arguments[0] == "write":
        states = drawn_states(model())
        np.savez_compressed(path, used=json.dumps(declarations()), states=states, **results(states))
        print(f"MuJoCo {mujoco.__version__}: {path}")
        return
    if not path.is_file():
        sys.exit(f"there is no file {path}; write it with the other version first")
    compare(path)


def compare(path: Path) -> None:
    """Print what differs between what a file has and the version that is installed."""
    before = dict(np.load(path))
    old = json.loads(str(before.pop("used")))
    new = declarations()
    print(f"MuJoCo {old.pop('version')} before, {new.pop('version')} now")
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            print(f"  {name}: {old.get(name, 'not there')}  ->  {new.get(name, 'not there')}")
    print(f"{len(old)} declarations that are used were compared")
    after = results(before.pop("states"))
    found = {name: difference(value, after.get(name)) for name, value in before.items()}
    print("largest differences over largest values (inf: of another shape, or gone):")
    for name, much in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        if much > ROUNDING:
            print(f"  {name:40} {much:.1e}")
    equal = sum(much == 0.0 for much in found.values())
    nearly = sum(0.0 < much <= ROUNDING for much in found.values())
    print(f"of {len(found)} arrays {equal} are equal and {nearly} to {ROUNDING:.0e}")


def difference(before: npt.NDArray[np.float64], now: npt.NDArray[np.float64] | None) -> float:
    """Return the largest difference over the largest value; infinite where shapes differ."""
    if now is None or now.shape != before.shape:
        return float("inf")
    if before.size == 0:
        return 0.0
    scale = np.abs(before).max()
    return float(np.abs(now - before).max() / (scale if scale > 0.0 else 1.0))


def declarations() -> dict[str, str]:
    """Return declarations of what the native code uses of MuJoCo, by name, and the version."""
    from mujoco.introspect import functions, structs

    folders = [ROOT / folder for folder in FOLDERS]
    files = [file for folder in folders for file in folder.rglob("*.[ch]pp")]
    text = "\n".join(file.read_text() for file in files)
    called = set(re.findall(r"\bmj[a-z]?_\w+", text))
    read = set(re.findall(r"(?:->|\.)(\w+)", text))
    found = {"version": mujoco.__version__}
    found |= {name: str(functions.FUNCTIONS[name]) for name in called & functions.FUNCTIONS.keys()}
    for structure in STRUCTURES:
        for field in structs.STRUCTS[structure].fields:
            if getattr(field, "name", None) in read:
                found[f"{structure}.{field.name}"] = str(field.type)
    return found


def model() -> mujoco.MjModel:
    """Return MyoLegs as ``myo_sim`` composes it."""
    from myo_sim.build.compose import build_spec

    return build_spec("myolegs").compile()


def drawn_states(model: mujoco.MjModel) -> npt.NDArray[np.float64]:
    """Return states of bodies that move and touch the floor, (n, state)."""
    rng = np.random.default_rng(0)
    data = mujoco.MjData(model)
    states = np.empty((STATES, mujoco.mj_stateSize(model, STATE)))
    for state in states:
        mujoco.mj_resetDataKeyframe(model, data, 0)
        for _ in range(SETTLING):
            data.ctrl[:] = rng.uniform(0.0, 0.3, model.nu)
            mujoco.mj_step(model, data)
        mujoco.mj_getState(model, data, state, STATE)
    return states


def results(states: npt.NDArray[np.float64]) -> Arrays:
    """Return the compiled model's arrays and those of ``mjData`` from states, by name."""
    body = model()
    found = {f"model.{name}": value for name, value in arrays(body).items()}
    for name, step in (("forward", mujoco.mj_forward), ("step", mujoco.mj_step)):
        rows: dict[str, list[npt.NDArray[np.float64]]] = {}
        for state in states:
            data = mujoco.MjData(body)
            mujoco.mj_setState(body, data, state, STATE)
            step(body, data)
            for key, value in arrays(data).items():
                # Of constraints there are as many as touch: what they amount to is in qfrc.
                if not key.startswith("efc_"):
                    rows.setdefault(key, []).append(value)
        for key, values in rows.items():
            if len({value.shape for value in values}) == 1:
                found[f"{name}.{key}"] = np.stack(values)
    return found


def arrays(of: mujoco.MjModel | mujoco.MjData) -> Arrays:
    """Return all arrays of floating-point numbers, by name."""
    found = {}
    for name in dir(of):
        value = None if name.startswith("_") else getattr(of, name, None)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            found[name] = np.array(value, dtype=np.float64)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
