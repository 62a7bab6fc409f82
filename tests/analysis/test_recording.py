"""Recordings of movement: what is in them, and what is left of those that were cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
import pytest

from kinesis_fast import InputError
from kinesis_fast.analysis.gait_events import events_from_force
from kinesis_fast.analysis.movement import (
    DERIVED,
    FIBRES,
    prior_recording,
    record_policy,
    with_derived,
)
from kinesis_fast.analysis.recording import BodyRecording, RecordingInfo, write_recording
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.evaluation.clips import Subject

INFO = RecordingInfo("shipped", "walk", 150.0, ["soleus_r"], ["knee"], ["world"], "myolegs")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with write_recording(path, INFO, 2, {"time": 1, "act": 3}) as writer:
        for k in range(350):
            rows = {"time": np.full((2, 2), [k, k + 0.5]), "act": np.full((2, 2, 3), k)}
            writer.append(rows, np.array([True, k < 300]))
    found = BodyRecording.load(path)
    assert found.info == INFO
    assert [len(trial["time"]) for trial in found.trials] == [700, 600]
    np.testing.assert_array_equal(found.trials[0]["time"], np.arange(700) / 2)
    np.testing.assert_array_equal(found.trials[1]["act"][:, 2], np.arange(600) // 2)
    assert found.seconds == pytest.approx(1300 / 150)
    assert found.muscle("soleus_r") == 0
    with pytest.raises(InputError, match="no muscle 'soleus_l'"):
        found.muscle("soleus_l")


@pytest.mark.skipif(os.name == "nt", reason="kills with a signal")
def test_a_killed_run_leaves_what_was_flushed(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    script = textwrap.dedent(f"""
        import time
        import numpy as np
        from pathlib import Path
        from kinesis_fast.analysis.recording import RecordingInfo, write_recording
        info = RecordingInfo("a", "b", 150.0, [], [], [], "")
        with write_recording(Path({str(path)!r}), info, 1, {{"time": 1, "act": 2}}) as writer:
            for k in range(1000):
                writer.append({{"time": np.full((1, 1), k), "act": np.full((1, 1, 2), k)}})
            print("written", flush=True)
            time.sleep(60)
    """)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "written"
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = BodyRecording.load(path)
    assert len(found.trials[0]["time"]) == 600
    np.testing.assert_array_equal(found.trials[0]["act"][:, 0], np.arange(600))


@pytest.mark.skipif(os.name == "nt", reason="needs a limit of files' sizes")
def test_a_full_disk_leaves_what_was_flushed(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    script = textwrap.dedent(f"""
        import resource
        import signal
        import numpy as np
        from pathlib import Path
        from kinesis_fast import InputError
        from kinesis_fast.analysis.recording import RecordingInfo, write_recording
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
        info = RecordingInfo("a", "b", 150.0, [], [], [], "")
        try:
            with write_recording(Path({str(path)!r}), info, 1, {{"time": 1, "act": 100}}) as writer:
                for k in range(100_000):
                    writer.append({{"time": np.full((1, 5), k), "act": np.full((1, 5, 100), k)}})
        except InputError as error:
            print(error, flush=True)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert "cannot write the recording" in done.stdout
    found = BodyRecording.load(path).trials[0]
    assert len(found["time"]) >= 600
    np.testing.assert_array_equal(found["act"][:, 0], np.arange(len(found["time"])) // 5)


def test_a_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match="cannot write the recording"),
        write_recording(tmp_path / "none" / "a.h5", INFO, 1, {"time": 1}),
    ):
        pass
    (tmp_path / "a.h5").write_text("nothing")
    with pytest.raises(InputError, match="cannot read the recording"):
        BodyRecording.load(tmp_path / "a.h5")
    with pytest.raises(InputError, match="does not exist"):
        BodyRecording.load(tmp_path / "b.h5")
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file.attrs["format"] = "kinesis_fast recording 1"
    with pytest.raises(InputError, match="of format 1, 2 is read: make it again"):
        BodyRecording.load(tmp_path / "old.h5")


def test_a_policy_is_recorded_at_every_physics_step(tmp_path: Path) -> None:
    subject = Subject(checkpoints.load("shipped"), "gait", split="all", num_threads=1)
    clip = subject.library().index("walk_comfortable_120")
    lost = record_policy(subject, "shipped", clip, tmp_path / "a.h5", starts=2, seconds=5.0)
    found = BodyRecording.load(tmp_path / "a.h5")
    assert lost == 0
    assert found.info.rate == pytest.approx(150.0)
    for trial in found.trials:
        assert len(trial["time"]) == 4 * 150
        np.testing.assert_allclose(np.diff(trial["time"]), 1 / 150)
        assert trial["act"].shape == (600, 80)
        assert 0 <= trial["act"].min() <= trial["act"].max() <= 1
        carried = trial["foot_force"].reshape(600, 2, 3)[:, :, 2].sum(axis=1).mean()
        assert carried == pytest.approx(735.5, rel=0.1)
        check_events(trial)


def check_events(trial: Mapping[str, np.ndarray]) -> None:
    """Between the physics steps of every event, and nowhere else, a foot's force crosses 20 N."""
    time = trial["time"]
    for vertical in trial["foot_force"].reshape(600, 2, 3)[:, :, 2].T:
        events = events_from_force(time, vertical, debounce=0.0)
        crossings = np.flatnonzero(np.diff((vertical >= 20.0).astype(int)))
        at = np.sort(np.concatenate([events.strikes, events.offs]))
        assert len(at) == len(crossings) >= 4
        assert np.all((time[crossings] <= at) & (at <= time[crossings + 1]))


def test_a_prior_is_a_recording(tmp_path: Path) -> None:
    from kinesis_fast.motions.prior.default import with_prior

    subject = Subject(checkpoints.load("shipped"), "gait", split="all", num_threads=1)
    model, library = subject.prepared()
    library = with_prior(library.subset(["walk_comfortable_120"]), model)
    found = prior_recording(model, library, 0)
    trial = found.trials[0]
    assert found.info.subject == "prior"
    assert len(trial["time"]) == library.clips[0].frames
    with pytest.raises(InputError, match="has no muscle prior"):
        bare = subject.library().subset(["walk_comfortable_120"])
        bare.prior = None
        prior_recording(model, bare, 0)


def test_what_is_derived_is_what_mujoco_leaves_in_its_data(tmp_path: Path) -> None:
    """Of the state after a physics step: the engine fills it in at the step after."""
    subject = Subject(checkpoints.load("shipped"), "gait", split="all", num_threads=1)
    library = subject.library().subset(["walk_comfortable_120"])
    env = subject.protocol_env(library, num_envs=1)
    fields = [name for name in DERIVED if name not in FIBRES]
    recorder = env.record(["qpos", "qvel", "act", *fields])
    env.reset(options={"clip": 0, "start_time": 1.0})
    for _ in range(10):
        env.step(np.zeros((1, env.single_action_space.shape[0]), np.float32))
    last = {name: values[0] for name, values in recorder.last().items()}
    state = {name: last[name] for name in ("qpos", "qvel", "act")}
    recording = BodyRecording(INFO, [state | {"time": np.arange(5.0)}])
    (trial,) = with_derived(env.model, recording).trials
    for name in fields:
        scale = np.abs(last[name]).max()
        np.testing.assert_allclose(trial[name][:-1], last[name][1:], atol=1e-9 * scale)
    np.testing.assert_array_equal(trial["unstretched_length"], trial["actuator_length"])
    kept = BodyRecording(INFO, [{**state, "time": np.arange(5.0), "xpos": last["xpos"]}])
    assert with_derived(env.model, kept).trials[0]["xpos"] is last["xpos"]
