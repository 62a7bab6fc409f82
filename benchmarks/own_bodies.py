"""What it costs that every body of a batch has its own strengths, slope and device.

Batches of which each body has its own are stepped in turns with batches of equal ones, which have
what one body of the first has; each turn another's: hard bodies cost more, whoever has them.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import kinesis_fast as kf

TOLD = ("strength", "slope", "device")


def seconds(env: kf.MuscleVectorEnv, steps: int) -> float:
    """Return s a control step of all."""
    actions = np.zeros((env.num_envs, env.num_actions), np.float32)
    begin = time.perf_counter()
    for _ in range(steps):
        env.step(actions)
    return (time.perf_counter() - begin) / steps


def main() -> None:
    """Print the ratio of throughputs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=1008)
    parser.add_argument("--turns", type=int, default=24)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    shared = {
        "num_envs": arguments.bodies,
        "num_threads": arguments.threads,
        "control_mode": "joint",
        "conditions": {"devices": [{"joint": "ankle_angle"}]},
    }
    drawn = {
        "weak_groups": 1.0,
        "strength": [0.5, 1.0],
        "slope": [-8.0, 8.0],
        "device": [-0.6, 0.0],
    }
    own, equal = kf.make_vec(randomise=drawn, **shared), kf.make_vec(**shared)
    own.reset(seed=0)
    rows = {name: own.kept(name).copy() for name in TOLD}
    took = []
    for turn in range(arguments.turns):
        own.reset(seed=turn)
        equal.reset(seed=turn)
        for name, values in rows.items():
            equal.kept(name)[:] = values[(41 * turn) % arguments.bodies]
        took.append((seconds(equal, 3), seconds(own, 3)))
    equal_s, own_s = np.array(took).mean(axis=0)
    print(f"own bodies step at {equal_s / own_s:.3f} of the throughput of equal ones")
    print(f"{arguments.bodies / own_s:,.0f} and {arguments.bodies / equal_s:,.0f} control steps/s")


if __name__ == "__main__":
    main()
