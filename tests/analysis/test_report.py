"""The report, from a command to a page that a browser shows."""

from __future__ import annotations

import base64
import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from browser import HOW, open_browser, programs
from command_line import refuse

from kinesis_fast import InputError
from kinesis_fast.analysis.movement import prior_recording, with_derived
from kinesis_fast.analysis.recording import BodyRecording
from kinesis_fast.analysis.report import panels
from kinesis_fast.analysis.report.findings import find
from kinesis_fast.analysis.report.panels import Panel
from kinesis_fast.analysis.report.request import ReportRequest, _with_model, make_report
from kinesis_fast.body import load_model
from kinesis_fast.motions import load_motions
from kinesis_fast.motions.prior.default import with_prior

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4////fwAJ+wP9KobjigAAAABJRU5ErkJggg=="
)
"""Of one pixel."""


def person(folder: Path, name: str, phase: float) -> None:
    """Two channels of EMG over three seconds of cycles of a second."""
    times = np.arange(0.0, 3.0, 0.01)
    waves = [1 + np.sin(2 * np.pi * times + phase), 1 + np.cos(2 * np.pi * times + phase)]
    rows = "\n".join(f"{t:.3f},{a:.6f},{b:.6f}" for t, a, b in zip(times, *waves, strict=True))
    (folder / f"{name}.csv").write_text(f"time,soleus,vastus_lateralis\n{rows}\n")
    (folder / f"{name}.yaml").write_text(yaml.safe_dump({"strikes": [0.0, 1.0, 2.0]}))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The report of shipped walking, and its figures."""
    folder = tmp_path_factory.mktemp("report")
    people = folder / "people"
    people.mkdir()
    for name, phase in (("one", 0.0), ("other", 0.2)):
        person(people, name, phase)
    (folder / "normal.yaml").write_text(
        "soleus: [[7, 51]]\nvastus_lateralis: [[0, 24], [89, 100]]\n"
    )
    request = ReportRequest(
        subject="shipped",
        out=folder / "out",
        motions="gait",
        clip="walk_comfortable_120",
        emg=people / "one.csv",
        emg_map=people / "one.yaml",
        humans=people,
        normal=folder / "normal.yaml",
        starts=2,
        seconds=6.0,
    )
    figures, lost = make_report(request)
    assert lost == 0
    return folder / "out", figures


@pytest.fixture
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are of one pixel: drawing them takes half of a report's time."""

    def draw(name: str, title: str, _: Any) -> Panel:
        return Panel(name, title, SVG, PNG)

    monkeypatch.setattr(panels, "_draw", draw)


def test_figures_are_those_of_walking(made: tuple[Path, dict[str, Any]]) -> None:
    folder, figures = made
    assert set(figures) == {"shipped", "prior", "people"}
    assert figures["people"]["mean_r"] == pytest.approx(np.cos(0.2), abs=0.01)
    for name in ("shipped", "prior"):
        gait = figures[name]["gait"]
        assert gait["speed"] == pytest.approx(1.2, rel=0.05)
        assert 0.55 < gait["stance"] < 0.68
        assert 2.0 < figures[name]["energy"]["cost_bhargava"] < 10.0
        assert set(figures[name]["emg"]["channels"]) == {"soleus", "vastus_lateralis"}
    assert len(figures["shipped"]["emg_kinesis_definition"]["r"]) == 2
    assert figures["shipped"]["redundancy"]["free_dimensions"] >= 30
    assert "redundancy" not in figures["prior"]
    usual = figures["shipped"]["time_as_usual"]
    assert set(usual) == {"soleus", "vastus_lateralis"}
    assert 0.3 < usual["soleus"] < 1.0
    limited = figures["shipped"]["components"]
    assert limited[-1]["components"] == 80
    assert limited[-1]["success"] == 1.0
    assert limited[-1]["accounted"] == pytest.approx(1.0)
    assert limited[0]["coverage"] < 1.0
    assert json.loads((folder / "report.json").read_text()) == json.loads(json.dumps(figures))


def test_numbers_and_pictures_lie_beside_the_page(made: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = made
    with (folder / "tables/profiles.csv").open() as file:
        rows = list(csv.reader(file))
    assert len(rows[0]) == 102
    assert ["one", "EMG soleus"] in [row[:2] for row in rows]
    assert len(list((folder / "figures").glob("*.svg"))) > 30
    assert len(list((folder / "figures").glob("*.png"))) > 30
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=[\"'](?!data:)", page)


@pytest.mark.usefixtures("plain_pictures")
def test_a_recording_is_a_subject(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, figures = made
    request = ReportRequest(str(folder / "recording.h5"), tmp_path / "again", redundancy=False)
    again, _ = make_report(request)
    assert again["shipped"]["gait"] == pytest.approx(figures["shipped"]["gait"])
    assert BodyRecording.load(folder / "recording.h5").info.clip == "walk_comfortable_120"
    assert "emg" not in again["shipped"]


@pytest.mark.usefixtures("plain_pictures")
def test_a_persons_channels_may_have_cycles_of_their_own_number(
    made: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """And a person whose muscles work as the body's has the body's synergies."""
    folder, _ = made
    channels = ["soleus", "vastus_lateralis", "tibialis_anterior", "gluteus_medius"]
    with (folder / "tables/profiles.csv").open() as file:
        rows = {row[1]: np.array(row[2:], float) for row in csv.reader(file) if row[0] == "shipped"}
    cycles = np.stack(
        [np.stack([rows[f"activation {name}"]] * 5, axis=1) for name in channels], axis=1
    )
    cycles[:, 1, 3:] = np.nan
    np.savez(tmp_path / "emg.npz", emg=cycles, names=np.array(channels))
    about = {"channels": {name: name for name in channels}, "cycles": "emg", "names": "names"}
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(about))
    request = ReportRequest(
        str(folder / "recording.h5"), tmp_path / "out", emg=tmp_path / "emg.npz",
        emg_map=tmp_path / "map.yaml", redundancy=False,
    )  # fmt: skip
    figures, _ = make_report(request)
    assert 0.9 < figures["shipped"]["synergies"]["like_person"] <= 1.0


@pytest.mark.usefixtures("plain_pictures")
def test_other_recordings_stand_beside(made: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, figures = made
    path = folder / "recording.h5"
    request = ReportRequest(str(path), tmp_path / "again", beside=[path, path], redundancy=False)
    again, _ = make_report(request)
    walk = "shipped, walk_comfortable_120"
    assert list(again) == ["shipped", walk, f"{walk} (2)"]
    assert again[walk]["gait"] == pytest.approx(figures["shipped"]["gait"])
    with (tmp_path / "again/tables/synergies.csv").open() as file:
        rows = {row[0]: row[1:] for row in csv.reader(file)}
    assert rows["vectors, mean cosine with shipped's"] == ["", "1.00", "1.00"]


def test_bodies_are_worked_out_by_their_own_model() -> None:
    body = load_model("myolegs_abdomen")
    walk = load_motions("gait", body).subset(["walk_comfortable_120"])
    made = prior_recording(body, with_prior(walk, body), 0)
    model, recording = _with_model(replace(made, info=replace(made.info, model="myolegs_abdomen")))
    assert model.nu == body.nu > 80
    found = find(model, recording, None, strikes=[], with_redundancy=False)
    assert 3.0 < found.energy.cost_bhargava < 6.0


@pytest.mark.skipif(programs() is None, reason=HOW)
@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_is_readable_in_a_browser(made: tuple[Path, dict[str, Any]], width: int) -> None:
    pytest.importorskip("selenium")
    with open_browser(width, 900, logs=True) as driver:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        driver.get((made[0] / "index.html").as_uri())
        assert driver.get_log("browser") == []
        asked = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
        urls = [
            entry["params"]["request"]["url"]
            for entry in asked
            if entry["method"] == "Network.requestWillBeSent"
        ]
        assert [url for url in urls if not url.startswith(("data:", "file:"))] == []
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        shown = driver.execute_script(
            "return [...document.images].every(image => image.complete && image.naturalWidth > 0)"
        )
        assert shown
        smallest = driver.execute_script(
            "return Math.min(...[...document.images].map(image => image.clientWidth))"
        )
        assert smallest >= 240


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    base = ("analyze", "report")
    refuse(tmp_path, "give --emg and --map together", *base, "shipped", "--out", "r",
           "--emg", "a.csv")  # fmt: skip
    refuse(tmp_path, "name its library by --motions", *base, "prior", "--out", "r")
    refuse(tmp_path, "2 to 3600 s", *base, "shipped", "--out", "r", "--seconds", "1")
    refuse(tmp_path, "does not exist", *base, "none.h5", "--out", "r")
    with pytest.raises(InputError, match="does not walk a whole cycle"):
        make_report(ReportRequest("prior", tmp_path / "r", motions="gait", clip="stand"))


@pytest.mark.usefixtures("plain_pictures")
def test_weak_muscles_have_their_drive_beside_their_force(tmp_path: Path) -> None:
    request = ReportRequest(
        subject="shipped",
        out=tmp_path,
        motions="gait",
        clip="walk_comfortable_120",
        starts=1,
        seconds=4.0,
        redundancy=False,
        conditions={"weakness": {"soleus_r": 0.5}},
    )
    figures, _ = make_report(request)
    assert figures["shipped"]["condition"] == "strength soleus_r 50 %"
    assert figures["shipped"]["not_trained_with"] == ["muscles as weak"]
    assert figures["prior"]["condition"] == ""
    recording = with_derived(load_model(), BodyRecording.load(tmp_path / "recording.h5"))
    soleus, trial = recording.muscle("soleus_r"), recording.trials[0]
    np.testing.assert_allclose(trial["capacity"].mean(axis=0)[[soleus, soleus + 1]], [0.5, 1.0])
    np.testing.assert_allclose(trial["drive"][:, soleus], 2.0 * trial["act"][:, soleus], rtol=1e-6)
    assert 0.5 < trial["drive"][:, soleus].max() <= 1.0
    page = (tmp_path / "index.html").read_text()
    assert "strength soleus_r 50 %" in page and "nobody may conclude" in page
    assert "<td>soleus_r</td><td>50</td>" in re.sub(r"\s*\n\s*", "", page)


@pytest.mark.usefixtures("plain_pictures")
def test_a_policy_that_is_told_how_fast_to_walk(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"subject": "shipped_guided", "speed": 1.1, "starts": 1}
    figures, fell = make_report(ReportRequest(out=tmp_path, seconds=4.0, redundancy=False, **asked))
    assert fell == 0 and list(figures) == ["shipped_guided"]
    assert figures["shipped_guided"]["gait"]["speed"] == pytest.approx(1.1, abs=0.1)
    page = (tmp_path / "index.html").read_text()
    assert "walk at 1.1 m/s" in page and "moves as the motion does" not in page
    for other, message in (
        ({"speed": 9.0}, r"speed is 9 m/s; it must be in \[0.05, 3\] m/s"),
        ({"clip": "stand", "motions": "gait"}, "leave out --motions and --clip"),
        ({"subject": "prior"}, "prior is not told how fast to walk"),
    ):
        with pytest.raises(InputError, match=message):
            make_report(ReportRequest(out=tmp_path, **{**asked, **other}))


@pytest.mark.usefixtures("plain_pictures")
def test_two_conditions_differ_stride_by_stride(tmp_path: Path) -> None:
    asked = {
        "subject": "shipped", "motions": "gait", "clip": "walk_comfortable_120",
        "starts": 1, "seconds": 5.0, "redundancy": False,
    }  # fmt: skip
    make_report(ReportRequest(out=tmp_path / "healthy", **asked))
    weak = ReportRequest(
        out=tmp_path / "weak",
        conditions={"weakness": {"plantarflexors_r": 0.2}},
        beside=[tmp_path / "healthy" / "recording.h5"],
        **asked,
    )
    figures, _ = make_report(weak)
    found = figures["shipped"]["differences"]["shipped, healthy"]
    push = found["power at push-off, W/kg"]["r"]
    assert push["low"] < push["one"] - push["other"] < push["high"]
    assert set(found["step length, m"]) == {"r", "l"}
    page = (tmp_path / "weak" / "index.html").read_text()
    assert "What differs, stride by stride" in page and "margin of stability" in page
    table = (tmp_path / "weak" / "tables" / "differences_2.csv").read_text()
    assert "difference, 95 %" in table and "margin of stability aside" in table
