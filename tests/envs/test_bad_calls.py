"""Calls that make no sense change nothing, and say what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kinesis_fast as kf

PASSIVE = np.zeros((2, 80), np.float32)


def make(**more: Any) -> kf.MuscleVectorEnv:
    return kf.make_vec(
        **{"num_envs": 2, "num_threads": 1, "clips": ["stand", "walk_slow_060"], **more}
    )


@pytest.mark.parametrize("number", [2**40, np.uint64(2**63), 2**32, -2, 2])
def test_clip_numbers_do_not_wrap_around(number: int) -> None:
    env = make()
    with pytest.raises(kf.InputError, match=f"clip {int(number)} does not exist; the library has"):
        env.reset(options={"clip": number})
    env.reset(seed=0)
    with pytest.raises(kf.InputError, match=r"whole numbers of int32|does not exist"):
        env.set_state({"clip": np.array([number, number])})


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"clip": [1.7, 0.0]}, "'clip' has the value 1.7; it takes whole numbers"),
        ({"clip": ["stand", "stand"]}, "'clip' holds .* values; it takes numbers"),
        ({"control_step": [-1, 0]}, "'control_step' is negative"),
        ({"start_time": [np.nan, 0.0]}, "'start_time' has a value that is not finite"),
        ({"qpos": np.full((2, 35), np.inf)}, "'qpos' has a value that is not finite"),
        ({"qpos": np.ma.masked_array(np.zeros((2, 35)))}, "is a masked array"),
        ({"qpos": np.zeros((2, 35), complex)}, "holds complex128 values"),
        ({"excitation_cost": np.zeros(2)}, r"has shape \(2,\), expected \(2, 1\)"),
    ],
)
def test_a_state_that_is_refused_changes_nothing(state: dict[str, Any], message: str) -> None:
    env = make()
    env.reset(seed=0)
    before = env.get_state()
    good = {"qpos": before["qpos"] + 0.25, "act": before["act"] + 0.5}
    with pytest.raises(kf.InputError, match=message):
        env.set_state({**good, **state})
    for name, value in env.get_state().items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)


@pytest.mark.parametrize("options", [5, 0, ["clip"], 1.5, True, "clip", {3: 1}])
def test_options_that_are_none(options: Any) -> None:
    with pytest.raises(kf.InputError, match=r"options are .*; they must be a dict|unknown reset"):
        make().reset(options=options)


def test_arguments_of_other_types_are_told() -> None:
    env: Any = make()
    env.reset(seed=0)
    for name in (None, 3, [], {}):
        with pytest.raises(kf.InputError, match="nothing is kept as"):
            env.kept(name)
    for call, message in (
        (lambda: env.set_state(5), "it must be what get_state returns"),
        (lambda: env.set_state({3: 4}), "unknown state entry '3'"),
        (lambda: env.push([1.0, 2.0, 3.0], 0.1, body=3), "there is no body 3"),
        (lambda: env.push([1.0, 2.0, 3.0], None), "seconds is None; it must be a number"),
        (lambda: env.record(5), "fields are 5"),
        (lambda: env.record("qpos"), "fields are 'qpos'"),
        (lambda: env.record(["qpos", 3]), "field 3 cannot be recorded"),
        (lambda: env.reference("x"), "ahead is 'x'; it must be a number"),
        (lambda: env.weaken(None, 0.5), "there is no muscle None"),
    ):
        with pytest.raises(kf.InputError, match=message):
            call()


def test_a_model_that_is_changed_too_late_is_told() -> None:
    env = make()
    env.reset(seed=0)
    env.model.body_mass[3] *= 2
    try:
        with pytest.raises(kf.InputError, match="env.model was changed after"):
            env.reset()
    finally:
        env.model.body_mass[3] /= 2
    env.reset()


def test_a_reset_that_is_refused_changes_no_seed() -> None:
    env = make()
    first = env.reset(seed=3)[1]["start_time"]
    with pytest.raises(kf.InputError, match="unknown reset option 'foo'"):
        env.reset(seed=5, options={"foo": 1})
    second = env.reset()[1]["start_time"]
    env.reset(seed=3)
    np.testing.assert_array_equal(env.reset()[1]["start_time"], second)
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reset_mask": "yes"}, "'reset_mask' takes booleans"),
        ({"reset_mask": [np.nan, 1.0]}, "'reset_mask' takes booleans"),
        ({"reset_mask": [2, 0]}, "'reset_mask' takes booleans"),
        ({"reset_mask": np.ma.masked_array([True, True], [False, True])}, "masked array"),
        ({"start_time": "x"}, "'start_time' takes seconds"),
        ({"start_time": [None, 0.0]}, "'start_time' takes seconds"),
        ({"clip": 1.5}, "'clip' takes clip numbers or names"),
    ],
)
def test_reset_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(kf.InputError, match=message):
        make().reset(options=options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_envs": 1.5}, "num_envs is 1.5; it must be a whole number"),
        ({"num_envs": "4"}, "num_envs is '4'; it must be a whole number"),
        ({"num_threads": 1.0}, "num_threads is 1.0; it must be a whole number"),
        ({"seed": 1.5}, "seed is 1.5; it must be a whole number"),
        ({"seed": "a"}, "seed is 'a'; it must be a whole number"),
    ],
)
def test_counts_are_whole_numbers(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(kf.InputError, match=message):
        make(**arguments)


def test_steps_take_runs_of_environments_and_real_numbers() -> None:
    env = make()
    env.reset(seed=0)
    with pytest.raises(kf.InputError, match="part is 1; it must be a slice"):
        env.step_part(PASSIVE[:1], 1)  # type: ignore[arg-type]
    with pytest.raises(kf.InputError, match="actions are complex64 values"):
        env.step(PASSIVE + 1j)
    with pytest.raises(kf.InputError, match="actions are a masked array"):
        env.step(np.ma.masked_array(PASSIVE))
    with pytest.raises(kf.InputError, match="actions are <U3 values"):
        env.step(np.full((2, 80), "0.1"))
    with pytest.raises(kf.InputError, match="sampling weights are <U1 values"):
        env.set_sampling_weights(["a", "b"])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -200.0])
def test_rewards_that_mean_nothing_are_refused(value: float) -> None:
    with pytest.raises(kf.InputError, match=r"reward.pos_scale is .*; it must be in \[0, 1e\+09\]"):
        kf.make_vec(num_envs=1, reward={"pos_scale": value})


def test_a_closed_environment_is_closed() -> None:
    env = make()
    env.reset(seed=0)
    env.close()
    for call in (
        lambda: env.step(PASSIVE),
        lambda: env.reset(seed=0),
        lambda: env.push([1.0, 0.0, 0.0], 0.1),
        lambda: env.record(["qpos"]),
        env.stop_recording,
        lambda: env.limit_excitations(None),
        lambda: env.kept("push_force"),
    ):
        with pytest.raises(kf.InputError, match="was closed; make another"):
            call()


def test_more_environments_than_memory_are_refused_at_once() -> None:
    program = """
import resource, sys, time
import kinesis_fast as kf
kf.make_vec(num_envs=1, clips=["stand"])
resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, -1))
began = time.monotonic()
try:
    kf.make_vec(num_envs=1_000_000, clips=["stand"])
except kf.InputError as error:
    assert time.monotonic() - began < 5, time.monotonic() - began
    sys.exit(str(error))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "num_envs is 1000000; they take at least" in done.stderr, done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on this system")
def test_after_a_fork_threads_are_missed_and_not_waited_for() -> None:
    program = """
import os, sys, warnings
import numpy as np
import kinesis_fast as kf
warnings.simplefilter("ignore")
made = {"num_envs": 2, "clips": ["stand"], "control_mode": "length"}
envs = [kf.make_vec(num_threads=n, **made) for n in (1, 2)]
for env in envs:
    env.reset(seed=0)
if os.fork() == 0:
    envs[0].step(np.zeros((2, 80)))
    try:
        envs[1].step(np.zeros((2, 80)))
    except kf.InputError as error:
        print(error, flush=True)
        os._exit(0)
    os._exit(1)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "made before a fork" in done.stdout


def test_nothing_is_written_into_the_working_folder(tmp_path: Path) -> None:
    """MuJoCo notes its warnings in a file of its own, MUJOCO_LOG.TXT."""
    program = """
import numpy as np
import kinesis_fast as kf
env = kf.make_vec(num_envs=2, num_threads=1, control_mode="length", auto_reset=False)
env.reset(seed=0)
state = env.get_state()
state["qpos"][0] = 1e12
del state["actuator_length"]
env.set_state(state)
for _ in range(3):
    info = env.step(np.zeros((2, 80)))[4]
assert info["invalid"].tolist() == [True, False]
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert "WARNING" not in done.stderr
