"""What is said of a machine that has all that is needed, and of one that does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import run

from kinesis_fast import doctor
from kinesis_fast._processor import check_processor


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
    packages = {"mujoco": "mujoco==9", "myo_sim": "myo_sim", "torch": "torch", "none": "none"}
    monkeypatch.setattr(doctor, "_required", lambda extra="": packages)
    done = run(tmp_path, "doctor")
    assert done.returncode == 2
    assert "MuJoCo: pip install --force-reinstall 'mujoco==9'" in done.stdout
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
