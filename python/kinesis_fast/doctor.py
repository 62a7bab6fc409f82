"""What this machine has of what the package needs, and how to get what is missing."""

from __future__ import annotations

import importlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from kinesis_fast.view import HOW_TO_DRAW


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    found: str
    """What is there, or why it is not."""
    ok: bool = True
    needed: bool = True
    """False: only some commands need it."""
    remedy: str = ""
    """What to do where it is not ``ok``."""


EXTRAS = {
    "play": "play in a browser",
    "report": "analyze report, C3D files",
    "onnx": "export",
    "adapters": "stable-baselines3 and rsl_rl",
    "wandb": "metrics to Weights & Biases",
}
"""Of the package, and what needs them."""
PICTURES = "pictures and videos"
AGAIN = "pip install --force-reinstall --no-deps, and the wheel or the checkout of kinesis_fast"


def examine() -> Iterator[Check]:
    """Look at everything, one after the other.

    Yields:
        What was found. The engine is tried out, and so is drawing: that takes some seconds, and
        keeps what the engine makes once in the cache.
    """
    yield Check("Python", f"{platform.python_version()}, {sys.executable}")
    yield Check("system", f"{platform.system()} {platform.release()}, {platform.machine()}")
    yield _cache()  # before the others fill it
    yield _tried("MuJoCo", _mujoco, _install("mujoco"))
    yield _tried("engine", _engine, AGAIN)
    yield _tried("lanes", _lanes, AGAIN, needed=False)
    yield _tried("body models", _body, _install("myo_sim"))
    yield _threads()
    yield _tried("torch", _torch, _install("torch"))
    yield _gpu()
    yield _tried(PICTURES, _drawing, HOW_TO_DRAW, needed=False)
    for extra in EXTRAS:
        yield _extra(extra)
    yield _compiler()
    yield _space()


def _tried(name: str, look: Callable[[], str], remedy: str, *, needed: bool = True) -> Check:
    try:
        return Check(name, look(), needed=needed)
    except Exception as error:  # whatever is wrong is what is asked for
        reason = " ".join(str(error).split()) or type(error).__name__
        return Check(name, reason, ok=False, needed=needed, remedy=remedy)


def _mujoco() -> str:
    import mujoco

    importlib.import_module("kinesis_fast._mujoco_library")
    return f"{mujoco.__version__}, the version that the engine was built for"


def _engine() -> str:
    import numpy as np

    from kinesis_fast.envs import make_vec

    env = make_vec("imitation", num_envs=4, num_threads=1, seed=0, control_mode="direct")
    env.reset(seed=0)
    actions = np.zeros((env.num_envs, env.num_actions), np.float32)
    env.step(actions)
    return f"kinesis_fast {version('kinesis_fast')}; it steps"


def _lanes() -> str:
    from kinesis_fast import _engine

    chosen = _engine.lane_library()
    width = {name: width for name, width, _ in _engine.lane_libraries()}[chosen]
    return f"{chosen}: {width} bodies a vector"


def _body() -> str:
    from kinesis_fast.body import load_model

    model = load_model("myolegs")
    return f"myo_sim {version('myo_sim')}; MyoLegs has {model.nu} muscles"


def _threads() -> Check:
    processors = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else processors
    found = f"{allowed} of {processors} processors may be used"
    policy = os.environ.get("OMP_WAIT_POLICY", "")
    if policy.upper() == "ACTIVE":
        return Check(
            "threads", f"{found}; OMP_WAIT_POLICY={policy} makes waiting threads slow the engine",
            ok=False, needed=False, remedy="unset OMP_WAIT_POLICY",
        )  # fmt: skip
    return Check("threads", found)


def _torch() -> str:
    import torch

    return f"{torch.__version__}, {torch.get_num_threads()} threads"


def _gpu() -> Check:
    try:
        from kinesis_fast.devices import find_device

        device = find_device("auto")
    except Exception as error:
        return Check(
            "GPU", str(error), ok=False, needed=False, remedy="train with device=cpu, or update "
            "the graphics driver",
        )  # fmt: skip
    none = "none that torch can use; networks learn on the CPU"
    return Check("GPU", device.model or none, needed=False)


def _drawing() -> str:
    from kinesis_fast.view.offscreen import backend

    return f"offscreen with {backend().upper()}"


def _extra(extra: str) -> Check:
    found, missing = [], []
    for name in _required(extra):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check(
            f"extra {extra!r}", f"{EXTRAS[extra]}: without {', '.join(missing)}", ok=False,
            needed=False, remedy=f"pip install 'kinesis_fast[{extra}]'",
        )  # fmt: skip
    return Check(f"extra {extra!r}", f"{EXTRAS[extra]}: {', '.join(found)}", needed=False)


def _required(extra: str = "") -> dict[str, str]:
    """Return by name what pip is told of the packages of an extra, or of those always needed."""
    found = {}
    for line in requires("kinesis_fast") or ():
        what, _, condition = line.partition(";")
        of = re.search(r"extra == ['\"](\w+)['\"]", condition)
        if (of[1] if of else "") == extra:
            found[re.split(r"[^\w.-]", what)[0]] = what.strip()
    return found


def _install(name: str) -> str:
    return f"pip install --force-reinstall '{_required()[name]}'"


def _compiler() -> Check:
    names = ("cl",) if os.name == "nt" else ("c++", "g++", "clang++")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        return Check(
            "compiler", "none; only building from source needs one", ok=False, needed=False,
            remedy="on Debian and Ubuntu: apt-get install g++",
        )  # fmt: skip
    return Check("compiler", found, needed=False)


def _cache() -> Check:
    from kinesis_fast import cache

    folder = cache.folder()
    if folder is None:
        return Check("cache", f"switched off by {cache.VARIABLE}", needed=False)
    entries = list(folder.glob(f"*{cache.SUFFIX}")) if folder.is_dir() else []
    size = sum(entry.stat().st_size for entry in entries)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check(
            "cache", f"cannot write to {folder}: {error.strerror}", ok=False, needed=False,
            remedy=f"set {cache.VARIABLE} to a folder that you may write to",
        )  # fmt: skip
    return Check("cache", f"{folder}, {len(entries)} entries, {size / 2**20:.0f} MiB", needed=False)


def _space() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / 2**30
    return Check(
        "disk", f"{free:.1f} GiB free here", ok=free > 1.0, needed=False,
        remedy="runs, recordings and videos need some: free a GiB",
    )  # fmt: skip


def working(checks: list[Check]) -> bool:
    """Return whether all that every command needs is there."""
    return all(check.ok or not check.needed for check in checks)
