"""EMG over the gait cycle: files, filters, agreement, nulls, and what people reach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.io
import yaml

from kinesis_fast import InputError
from kinesis_fast.analysis.emg.cycle_agreement import compare, human_baseline
from kinesis_fast.analysis.emg.files import Signals, read_signals
from kinesis_fast.analysis.emg.normal_activity import read_normal_activity, time_as_usual
from kinesis_fast.analysis.emg.subject import (
    EmgMap,
    EmgSubject,
    envelopes,
    read_people,
    read_subject,
)
from kinesis_fast.analysis.gait_events import Span
from kinesis_fast.analysis.profiles import Profile, best_lag, profile_of, shifted, spans

FALISSE = {
    "Soleus": "soleus",
    "Gastrocnemius-medialis": "gastrocnemius_medialis",
    "Tibialis-anterior": "tibialis_anterior",
    "Hamstrings-medialis": "medial_hamstrings",
    "Hamstrings-lateralis": "biceps_femoris",
    "Vastus-lateralis": "vastus_lateralis",
    "Vastus-medialis": "vastus_medius",
    "Rectus-femoris": "rectus_femoris",
    "Gluteus-medialis": "gluteus_medius",
}
SANTUZ = dict(
    zip(("SO", "GM", "TA", "ST", "BF", "VL", "VM", "RF", "ME"), FALISSE.values(), strict=True)
)
STRIKES = [1.414, 2.448, 3.488, 4.515, 5.549, 6.596]


@pytest.fixture(scope="module")
def people(real_data: Path) -> list[EmgSubject]:
    cycles = EmgMap(FALISSE, cycles="emg_all", names="emg_names")
    own = {name: name for name in FALISSE.values() if name != "gastrocnemius_medialis"}
    trial = EmgMap({**own, "gastrocnemius": "gastrocnemius_medialis"}, strikes=[0.267, 1.4115])
    raw = EmgMap(SANTUZ, raw=True, strikes=STRIKES)
    return [
        read_subject(real_data / "emg/falisse/subject1_walking_11cycles.npz", cycles, "F"),
        read_subject(real_data / "opensim/walk_emg.sto", trial, "R"),
        read_subject(real_data / "emg/santuz/ID0012_TW_01_raw_emg.csv", raw, "S"),
    ]


def test_people_against_each_other(people: list[EmgSubject]) -> None:
    """Figures that were worked out before by other code: 0.70, 0.87, 0.57; 0.71 in the mean."""
    found = human_baseline(people)
    means = [float(np.mean(list(pair.values()))) for pair in found.pairs.values()]
    np.testing.assert_allclose(means, [0.70, 0.87, 0.57], atol=0.03)
    assert found.mean_r == pytest.approx(0.71, abs=0.03)


def test_a_person_against_himself_and_later(people: list[EmgSubject]) -> None:
    person = people[0]
    own = compare(person.profiles, person)
    assert own.mean_r() == pytest.approx(1.0)
    assert own.common_delay == 0.0
    assert own.permuted95 < 0.6
    assert own.shifted95 < 0.5
    late = {
        name: Profile(
            np.array([shifted(row, 0.05 / one.duration) for row in one.cycles]), one.duration
        )
        for name, one in person.profiles.items()
    }
    found = compare(late, person)
    assert found.common_delay == pytest.approx(0.05)
    for channel in found.channels.values():
        assert channel.best_delay == pytest.approx(0.05, abs=0.005)
    assert found.as_dict()["mean_r"]["50_ms"] > found.as_dict()["mean_r"]["0_ms"]


def test_the_wrong_leg_disagrees(people: list[EmgSubject]) -> None:
    wrong = {
        name: Profile(np.array([shifted(row, 0.5) for row in one.cycles]), one.duration)
        for name, one in people[0].profiles.items()
    }
    assert compare(wrong, people[0]).mean_r() < 0.0


def test_profiles_by_hand() -> None:
    times = np.arange(0.0, 3.001, 0.01)
    found = profile_of(times, times, [Span(0.0, 1.0), Span(1.0, 2.0), Span(2.5, 4.0)])
    assert found.cycles.shape == (2, 100)
    np.testing.assert_allclose(found.mean, 0.5 + np.arange(100) / 100)
    np.testing.assert_allclose(found.deviation, 0.5)
    wave = np.sin(2 * np.pi * np.arange(100) / 100)
    lag, r = best_lag(shifted(wave, 0.2), wave)
    assert (lag, r) == (pytest.approx(0.2), pytest.approx(1.0))
    mask = np.zeros(100, bool)
    mask[[0, 1, 98, 99]] = mask[40:60] = True
    assert spans(mask) == [(40.0, 60.0), (98.0, 102.0)]
    with pytest.raises(InputError, match="no gait cycle lies within the signal"):
        profile_of(times, times, [Span(2.5, 4.0)])


def test_envelopes_of_a_burst() -> None:
    """Of noise within the band that swells once a second: the swell, not the hum beside it."""
    rng = np.random.default_rng(0)
    times = np.arange(0.0, 8.0, 0.001)
    swell = 0.5 - 0.5 * np.cos(2 * np.pi * times)
    raw = swell * rng.normal(size=len(times)) + 3.0 + 2.0 * np.sin(2 * np.pi * 1.5 * times)
    found = envelopes(Signals(times, {"x": raw})).channels["x"]
    assert np.corrcoef(found[500:-500], swell[500:-500])[0, 1] > 0.95
    with pytest.raises(InputError, match="sampled at 100 Hz; raw signals need more than 400 Hz"):
        envelopes(Signals(times[:1000] * 10, {"x": raw[:1000]}))


def test_files_of_every_kind_hold_the_same(tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    times = np.arange(200) / 100.0
    soleus, other = np.sin(times) + 2, np.cos(times) + 2
    table = np.stack([times, soleus, other], axis=1).tolist()
    storage = "emg\nversion=1\nnRows=200\nnColumns=3\ninDegrees=no\nendheader\n"
    for kind, before, between in (("csv", "", ","), ("sto", storage, "\t")):
        rows = "\n".join(between.join(map(repr, row)) for row in table)
        names = between.join(("time", "soleus", "other"))
        (tmp_path / f"a.{kind}").write_text(f"{before}{names}\n{rows}\n")
    scipy.io.savemat(tmp_path / "a.mat", {"time": times, "soleus": soleus, "other": other, "n": 3})
    made = ezc3d.c3d()
    made["parameters"]["ANALOG"]["RATE"]["value"] = [100.0]
    made["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    made["parameters"]["ANALOG"]["LABELS"]["value"] = ["soleus", "other"]
    made["parameters"]["POINT"]["LABELS"]["value"] = ["heel"]
    made["data"]["points"] = np.zeros((4, 1, len(times)))
    made["data"]["analogs"] = np.stack([soleus, other])[None]
    made.write(str(tmp_path / "a.c3d"))
    for kind, tolerance in (("csv", 1e-12), ("mat", 1e-12), ("sto", 1e-9), ("c3d", 1e-5)):
        found = read_signals(tmp_path / f"a.{kind}")
        np.testing.assert_allclose(found.times, times, atol=1e-9)
        np.testing.assert_allclose(found.channels["soleus"], soleus, atol=tolerance)
        assert set(found.channels) == {"soleus", "other"}
        assert found.rate == pytest.approx(100.0)


def test_a_folder_of_people(tmp_path: Path) -> None:
    times = np.arange(0.0, 3.0, 0.01)
    for name, phase in (("a", 0.0), ("b", 0.3)):
        wave = 1 + np.sin(2 * np.pi * times + phase)
        rows = "\n".join(f"{t:.3f},{x:.6f}" for t, x in zip(times, wave, strict=True))
        (tmp_path / f"{name}.csv").write_text(f"time,SOL\n{rows}\n")
        about = {"channels": {"SOL": "soleus"}, "strikes": [0.5, 1.5, 2.5]}
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(about))
    found = read_people(tmp_path)
    assert [person.name for person in found] == ["a", "b"]
    assert human_baseline(found).mean_r == pytest.approx(np.cos(0.3), abs=0.01)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("strike: [0, 1]", "unknown setting 'strike'.*did you mean 'strikes'"),
        ("strikes: [0.1]", "1 strikes are given; a cycle needs two"),
        ("strikes: [0, 1]\nside: x", "side 'x' is not known"),
        (
            "strikes: [0, 1]\nchannels: {a: solus}",
            "channel 'solus' is not known; did you mean 'soleus'",
        ),
        ("strikes: [0, 1]\nchannels: {a: soleus, b: soleus}", "2 signals are named 'soleus'"),
        ("raw: perhaps\nstrikes: [0, 1]", "setting 'raw'"),
        ("strikes: [0, x]", "setting 'strikes"),
        ("strikes: [1, 0]", "not in order"),
        ("strikes: [0.267, 0.2671]", r"cycle, s is .*; it must be in \[0.3, 10\]"),
        ("strikes: [0, 1]\nchannels: [soleus]", "setting 'channels': "),
        ("cycles: emg", "names is missing"),
        ("strikes: [0, 1]\nrate: -5", r"rate is -5.0; it must be in"),
        ("[1, 2]", "holds no keys and values"),
    ],
)
def test_maps_that_mean_nothing_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=reason):
        EmgMap.load(path)


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,soleus\n0,1\n1\n")
    with pytest.raises(InputError, match="has 1 values in row 3; its first row has 2 names"):
        read_signals(path)
    path.write_text("time,soleus\n0,1\n1,x\n")
    with pytest.raises(InputError, match="holds what is no number"):
        read_signals(path)
    path.write_text("soleus\n0\n1\n2\n")
    with pytest.raises(InputError, match="has no times: give its rate"):
        read_signals(path)
    path.write_text("time,soleus\n0,1\n1,nan\n")
    with pytest.raises(InputError, match="channel 'soleus' is not finite"):
        read_signals(path)
    with pytest.raises(InputError, match="is no .sto, .mot, .csv, .c3d, .mat file"):
        read_signals(tmp_path / "a.txt")
    (tmp_path / "bad.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(200))
    with pytest.raises(InputError, match="is no readable MATLAB file"):
        read_signals(tmp_path / "bad.mat")
    path.write_text("time,soleus,soleus\n0,1,2\n1,2,3\n")
    with pytest.raises(InputError, match="has two columns 'soleus'"):
        read_signals(path)
    np.savez(tmp_path / "a.npz", emg=np.zeros((3, 1, 2)), names=np.array(["soleus"]))
    for about, reason in (
        (EmgMap(cycles="none", names="names"), "has no variable 'none'"),
        (EmgMap(cycles="names", names="names"), "not real numbers"),
    ):
        with pytest.raises(InputError, match=reason):
            read_subject(tmp_path / "a.npz", about)
    path.write_text("time,SOL\n0,1\n1,2\n2,3\n")
    with pytest.raises(InputError, match="no channel that is known by its name; map SOL to"):
        read_subject(path, EmgMap(strikes=[0.0, 1.0]))
    path.write_text("time,soleus\n0,1\n1,2\n2,3\n")
    with pytest.raises(InputError, match="has 1 samples a second, fewer than 20 in a cycle"):
        read_subject(path, EmgMap(strikes=[0.0, 1.0]))
    rows = "\n".join(f"{0.001 * k:.3f},{k % 7}" for k in range(50))
    path.write_text(f"time,soleus\n{rows}\n")
    with pytest.raises(InputError, match="50 samples of EMG are too few to filter"):
        read_subject(path, EmgMap(strikes=[0.0, 1.0], raw=True))


def test_normal_activity(tmp_path: Path) -> None:
    path = tmp_path / "normal.yaml"
    path.write_text("soleus: [[10, 50]]\n")
    assert read_normal_activity(path) == {"soleus": [(10.0, 50.0)]}
    profile = np.zeros(100)
    profile[20:50] = 1.0
    assert time_as_usual(profile, [(10.0, 50.0)]) == pytest.approx(0.9)
    for text, reason in (
        ("solus: [[1, 2]]", "unknown channel 'solus' .*did you mean 'soleus'"),
        ("soleus: [[50, 10]]", r"must lie in \[0, 100\], ascending"),
        ("soleus: [5]", r"each is \[from, to\]"),
        ("- 1", "holds no keys and values"),
        ("soleus: 5", "give a list of"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=reason):
            read_normal_activity(path)
