"""A device fitted to a body: its numbers by CMA-ES, so that walking with it costs least.

Every candidate is worn by some bodies of one batch, which walk at a commanded speed under a policy;
what their muscles cost is metabolic power by Bhargava et al. 2004.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from kinesis_fast import config as configuration
from kinesis_fast import settings
from kinesis_fast.body.tendons import tendons_stretch
from kinesis_fast.errors import InputError, did_you_mean
from kinesis_fast.learn.checkpoint import Checkpoint
from kinesis_fast.learn.environment import make_acting_env
from kinesis_fast.learn.episodes import run_episodes
from kinesis_fast.learn.evaluation.clips import load_agent
from kinesis_fast.settings import Unit, within
from kinesis_fast.tasks.devices import DeviceConfig, native_devices
from kinesis_fast.tasks.trial import NEVER_LOST
from kinesis_fast.tasks.walk_trials import SETTLED, SpeedResult, SpeedsTrial
from kinesis_fast.yaml_file import read_mapping

Array = npt.NDArray[np.float64]

SEARCHED: dict[str, tuple[str, ...]] = {
    "profile": ("peak", "peak_time", "rise", "fall"),
    "spring": ("stiffness", "lock", "release"),
    "drive": ("gain",),
}
"""By law, what may be searched, its size first."""
FALLEN = 20.0
"""W/kg that a body which falls counts for."""


@dataclass
class DeviceSearch:
    """What is searched, and how."""

    device: DeviceConfig = field(default_factory=DeviceConfig)
    """The device that the search begins at."""
    search: dict[str, list[float]] = field(default_factory=dict)
    """Bounds of its numbers, by name, in their units."""
    speed: Annotated[float, within(0.3, 2.5), Unit("m/s")] = 1.25
    """How fast bodies are told to walk."""
    starts: Annotated[int, within(1, 1000)] = 4
    """Bodies that wear each candidate."""
    seconds: Annotated[float, within(2.0, 600.0), Unit("s")] = 6.0
    """That costs are counted for, after five of walking."""
    population: Annotated[int, within(4, 1000)] = 16
    """Candidates of a generation."""

    @classmethod
    def load(cls, path: Path) -> DeviceSearch:
        """Read a YAML file of these fields.

        Raises:
            InputError: it cannot be read, or says what there is not; names it.
        """
        found: DeviceSearch = configuration.merge(cls(), read_mapping(path, "device search"))
        settings.check(found)
        known = SEARCHED[found.device.law]
        if not found.search:
            raise InputError(f"search is empty; name bounds of some of {', '.join(known)}")
        for name, bounds in found.search.items():
            if name not in known:
                raise InputError(
                    f"search.{name}: a device of law {found.device.law} has no such number"
                    f"{did_you_mean(name, known)}"
                )
            if len(bounds) != 2 or not bounds[0] < bounds[1]:
                raise InputError(f"search.{name} is {bounds}; it must be two numbers that rise")
            for bound in bounds:
                settings.check(_with(found.device, {name: bound}), "search.")
        return found


@dataclass
class Candidate:
    """A device, and what came of wearing it."""

    device: DeviceConfig
    cost: float
    """J/kg/m, gross, of those that walked on; NaN where none did."""
    fell: float
    """Share of its bodies that fell."""


@dataclass
class DeviceFound:
    """What a search came to."""

    best: Candidate
    without: Candidate
    """No device."""
    idle: Candidate
    """The device, worn without a torque."""
    tried: list[Candidate]
    """All, in the order in which they were tried."""
    seconds: float

    @property
    def saved(self) -> float:
        """Share of the cost without a device that the best one saves."""
        return 1.0 - self.best.cost / self.without.cost

    @property
    def saved_of_idle(self) -> float:
        """Share of the cost with the device idle."""
        return 1.0 - self.best.cost / self.idle.cost


class _Wearers:
    """Bodies that wear one candidate or another."""

    def __init__(
        self, point: Checkpoint, search: DeviceSearch, worn: list[DeviceConfig], many: int,
        threads: int,
    ) -> None:  # fmt: skip
        """Make so many times ``search.starts`` bodies."""
        conditions = replace(point.config.env.conditions, devices=worn)
        self.search = search
        self.env = make_acting_env(
            point.config, "walk", None,
            num_envs=many * search.starts, num_threads=threads, seed=0, physics="lanes",
            max_episode_steps=0, termination="mean_body", termination_distance=NEVER_LOST,
            commands={"interval": 0.0}, conditions=configuration.to_dict(conditions),
        )  # fmt: skip
        self.agent = load_agent(point, self.env)

    def walk(self, candidates: Sequence[DeviceConfig] = ()) -> list[SpeedResult]:
        """Let bodies walk that wear candidates; without any, all as they were made."""
        env, search = self.env, self.search
        count = env.num_envs // search.starts
        trial = SpeedsTrial([search.speed] * count, search.starts, SETTLED + search.seconds)
        env.reset(seed=0, options={"clip": env.motions.most_at_rest(), "start_time": 0.0})
        trial.begin(env)
        if candidates:
            worn = (native_devices([one], (0.0, 0.0), env.model).devices for one in candidates)
            rows = [np.concatenate([np.array(one.parameters) for one in each]) for each in worn]
            env.kept("device")[:] = np.repeat(rows, search.starts, axis=0)
        steps = round(trial.seconds / env.control_timestep)
        for number, step in enumerate(run_episodes(env, self.agent, None, steps=steps)):
            trial.note(env, number, step.info, step.terminated)
        return trial.result()


def optimise(
    point: Checkpoint,
    search: DeviceSearch,
    *,
    minutes: float = 10.0,
    seed: int = 0,
    threads: int = 0,
    tell: Callable[[int, Candidate, float], None] = lambda *_: None,
) -> DeviceFound:
    """Search a device's numbers by CMA-ES (the library cma), for so long.

    Args:
        point: a policy that follows motions, or was trained to walk.
        search: what is searched.
        minutes: of the clock.
        seed: of the search.
        threads: of the engine; 0: one per CPU.
        tell: is given the number of each generation, the best so far and the seconds left.

    Raises:
        InputError: cma is not installed, the body's tendons stretch, or nobody walks.
    """
    begin = time.monotonic()
    # A policy that is told of its device has one that neither weighs nor does anything. As many
    # bodies as wear candidates walk: of fewer, networks round otherwise, which a walk amplifies.
    told = "device" in point.config.env.observe_conditions
    nothing = _with(search.device, {SEARCHED[search.device.law][0]: 0.0})
    worn = [replace(nothing, mass={})] if told else []
    bare = _Wearers(point, search, worn, search.population, threads)
    if tendons_stretch(bare.env.model):
        raise InputError("what muscles cost is searched on bodies whose tendons are rigid")
    plain = bare.walk()[0]
    without = Candidate(nothing, plain.cost, 1.0 - plain.survived)
    if not np.isfinite(without.cost):
        raise InputError(f"without a device no body walks on at {search.speed:g} m/s")
    wearers = _Wearers(point, search, [search.device], search.population, threads)
    idle = _candidates(wearers, [nothing] * search.population)[0]
    end = begin + 60.0 * minutes
    tried: list[Candidate] = []
    for generation, found in enumerate(_generations(wearers, search, seed), 1):
        tried += found
        best = min(tried, key=lambda one: _score(one, search.speed))
        tell(generation, best, max(0.0, end - time.monotonic()))
        if time.monotonic() >= end:
            break
    return DeviceFound(best, without, idle, tried, time.monotonic() - begin)


def _generations(wearers: _Wearers, search: DeviceSearch, seed: int) -> Iterator[list[Candidate]]:
    """Yield what CMA-ES tries, generation by generation, until it is content."""
    try:
        import cma
    except ImportError as error:
        raise InputError(
            "devices are optimised by cma: pip install 'kinesis_fast[device]'"
        ) from error
    names, bounds = list(search.search), np.array(list(search.search.values()))
    low, width = bounds[:, 0], bounds[:, 1] - bounds[:, 0]
    begins = (np.array([getattr(search.device, name) for name in names]) - low) / width
    options = {
        "bounds": [0.0, 1.0],
        "seed": seed + 1,
        "popsize": search.population,
        "verbose": -9,
    }
    strategy = cma.CMAEvolutionStrategy(np.clip(begins, 0.05, 0.95), 0.25, options)
    while not strategy.stop():
        points = strategy.ask()
        made = [
            _with(search.device, dict(zip(names, (low + width * x).tolist(), strict=True)))
            for x in points
        ]
        found = _candidates(wearers, made)
        strategy.tell(points, [_score(one, search.speed) for one in found])
        yield found


def _with(device: DeviceConfig, numbers: Mapping[str, float]) -> DeviceConfig:
    """Return a device with other numbers."""
    return configuration.merge(device, numbers)


def _candidates(wearers: _Wearers, devices: Sequence[DeviceConfig]) -> list[Candidate]:
    found = zip(devices, wearers.walk(devices), strict=True)
    return [Candidate(device, one.cost, 1.0 - one.survived) for device, one in found]


def _score(one: Candidate, speed: float) -> float:
    """Return what CMA-ES makes least: the cost, where a fall counts for a high one."""
    fallen = FALLEN / speed
    return one.fell * fallen + (1.0 - one.fell) * (one.cost if np.isfinite(one.cost) else fallen)


def as_settings(device: DeviceConfig) -> dict[str, Any]:
    """Return a device as the settings that make it, those that are as usual left out."""
    usual = configuration.to_dict(DeviceConfig())
    return {k: v for k, v in configuration.to_dict(device).items() if v != usual[k]}
