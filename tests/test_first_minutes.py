"""What a new user meets: the program alone, its version, what it says of the machine, names."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from command_line import refuse, run, succeed
from gymnasium.utils.env_checker import check_env

import kinesis_fast as kf
from kinesis_fast import doctor
from kinesis_fast._processor import check_processor
from kinesis_fast.registration import ENVIRONMENTS, register_environments


def test_alone_it_tells_what_to_do_next(tmp_path: Path) -> None:
    shown = succeed(tmp_path)
    assert "kinesis-fast demo" in shown and "kinesis-fast doctor" in shown
    assert max(map(len, shown.splitlines())) <= 80
    run_folder = tmp_path / "runs" / "mine"
    run_folder.mkdir(parents=True)
    (run_folder / "config.yaml").write_text("")
    assert f"kinesis-fast eval {Path('runs') / 'mine'}" in succeed(tmp_path)


def test_version(tmp_path: Path) -> None:
    assert succeed(tmp_path, "--version").strip() == f"kinesis_fast {version('kinesis_fast')}"
    refuse(tmp_path, "No such command", "walk")


def test_the_shell_completes_commands(tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "kinesis-fast"],
        env={"_KINESIS_FAST_COMPLETE": "complete_bash", "COMP_WORDS": "kinesis-fast mo",
             "COMP_CWORD": "1", "PATH": "/usr/bin:/bin"},
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["motions"]


def test_doctor_finds_everything_here(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", "--json", "found.json")
    assert done.returncode == 0, done.stderr
    assert "Next: kinesis-fast demo" in done.stdout
    checks = {c["name"]: c for c in json.loads((tmp_path / "found.json").read_text())["checks"]}
    assert {"Python", "MuJoCo", "engine", "torch", "GPU", "threads", "cache"} <= set(checks)
    assert all(c["ok"] for c in checks.values() if c["needed"])


def test_doctor_names_what_is_missing_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise ImportError("libmujoco is not there")

    monkeypatch.setattr(doctor, "_mujoco", broken)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.setenv("KINESIS_FAST_CACHE", "/proc/none")
    monkeypatch.setattr(doctor, "EXTRAS", {"play": ("no_such_module",)})
    done = run(tmp_path, "doctor")
    assert done.returncode == 2
    assert "MuJoCo: pip install --force-reinstall kinesis_fast" in done.stdout
    assert "threads: unset OMP_WAIT_POLICY" in done.stdout
    assert "cache: set KINESIS_FAST_CACHE" in done.stdout
    assert "pip install 'kinesis_fast[play]'" in done.stdout
    assert "does not work: MuJoCo" in done.stderr


def test_a_processor_without_avx_is_named() -> None:
    with pytest.warns(RuntimeWarning, match="no AVX"):
        check_processor("x86_64", {"AVX": False})
    check_processor("x86_64", {"AVX": True})
    check_processor("x86_64", {})
    check_processor("aarch64", {"AVX": False})


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_gymnasium_knows_the_environments(name: str) -> None:
    register_environments()
    many = gymnasium.make_vec(name, num_envs=3, num_threads=1)
    obs, _ = many.reset(seed=1)
    plain = kf.make_vec(num_envs=3, num_threads=1, **ENVIRONMENTS[name])
    np.testing.assert_array_equal(obs, plain.reset(seed=1)[0])
    assert many.spec is not None and many.spec.id == name
    one = gymnasium.make(name)
    with pytest.warns(UserWarning, match="infinity"):
        check_env(one.unwrapped, skip_render_check=True)
    np.testing.assert_array_equal(one.reset(seed=1)[0], obs[0])


def test_bodies_are_drawn() -> None:
    env = kf.make_vec(num_envs=2, num_threads=1, render_mode="rgb_array")
    env.reset(seed=0)
    first, second = env.render()
    assert first.shape == (480, 640, 3) and first.std() > 10
    assert not np.array_equal(first, second)
    env.close()
    with pytest.raises(kf.InputError, match="render_mode='rgb_array'"):
        kf.make_vec(num_envs=1).render()
    with pytest.raises(kf.InputError, match="render_mode is 'human'"):
        kf.make_vec(num_envs=1, render_mode="human")
