"""Hashes of what environments compute, to compare two installations on one machine, bit for bit.

    python benchmarks/trajectory_hashes.py --json hashes.json

steps 8 environments for 300 control steps by random actions in every control mode, on MyoLegs,
MyoLegs with the abdomen and the full body, and hashes states, observations and rewards. Another
compiler, processor or numpy may round differently: compare on one machine.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np

import kinesis_fast as kf

MODELS = ("myolegs", "myolegs_abdomen", "myofullbody")
MODES = ("length", "direct", "residual", "joint", "joint_residual")
STATE = ("qpos", "qvel", "act", "ctrl", "qacc_warmstart", "clip", "start_time", "control_step")
NUM_ENVS = 8
STEPS = 300


def trajectory_hash(model: str, mode: str, motions: object, physics: str) -> tuple[str, object]:
    """Return the hash of 300 steps, and the motions prepared for the next environment."""
    env = kf.make_vec(
        "imitation",
        num_envs=NUM_ENVS,
        seed=7,
        model=model,
        control_mode=mode,
        motions=motions,
        physics=physics,
    )
    rng = np.random.default_rng(11)
    digest = hashlib.sha256()
    obs, _ = env.reset(seed=7)
    digest.update(obs.tobytes())
    for _ in range(STEPS):
        actions = rng.uniform(-1.2, 1.2, (NUM_ENVS, env.num_actions)).astype(np.float32)
        obs, reward, terminated, truncated, info = env.step(actions)
        for array in (obs, reward, terminated, truncated):
            digest.update(np.ascontiguousarray(array).tobytes())
        for name in ("pos", "vel", "upright", "energy", "prior", "mean_distance"):
            digest.update(np.ascontiguousarray(info[name]).tobytes())
    state = env.get_state()
    for name in STATE:
        digest.update(np.ascontiguousarray(state[name]).tobytes())
    return digest.hexdigest(), env.motions


def main() -> None:
    """Print a line a model and mode, and write them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--physics", default="lanes")
    arguments = parser.parse_args()
    path = arguments.json
    hashes = {}
    for model in MODELS:
        motions: object = "gait"
        for mode in MODES:
            hashes[f"{model}/{mode}"], prepared = trajectory_hash(
                model, mode, motions, arguments.physics
            )
            print(f"{model:16} {mode:15} {hashes[f'{model}/{mode}']}", flush=True)
            if mode == "residual":  # the first with a prior, which the next modes need too
                motions = prepared
    if path is not None:
        path.write_text(json.dumps(hashes, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
