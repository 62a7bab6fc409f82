"""Devices fitted to bodies."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml
from command_line import refuse, succeed

from kinesis_fast import InputError
from kinesis_fast.learn import checkpoint as checkpoints
from kinesis_fast.learn.device_search import DeviceSearch, optimise
from kinesis_fast.tasks.devices import DeviceConfig, read_devices

pytest.importorskip("cma")
FEW = {"starts": 3, "seconds": 2.0, "population": 4}


def test_a_search_keeps_to_its_bounds_and_tells_what_it_saves() -> None:
    device = DeviceConfig("ankle_angle", peak=-0.3)
    bounds = {"peak": [-0.5, -0.1], "peak_time": [45.0, 55.0]}
    told = []
    found = optimise(
        checkpoints.load("shipped_guided"),
        DeviceSearch(device, bounds, **FEW),
        minutes=0.0,
        threads=2,
        tell=lambda *said: told.append(said),
    )
    assert len(found.tried) == 4 and len(told) == 1
    for one in found.tried:
        assert -0.5 <= one.device.peak <= -0.1 and 45.0 <= one.device.peak_time <= 55.0
        assert one.device.rise == 26.0
    assert found.best.cost == min(one.cost for one in found.tried if one.fell == 0.0)
    # A device of no torque and no mass is none.
    assert found.idle.cost == pytest.approx(found.without.cost, rel=1e-9)
    assert 3.0 < found.without.cost < 9.0
    assert found.saved == pytest.approx(1.0 - found.best.cost / found.without.cost)


def test_the_command(tmp_path: Path) -> None:
    search = {
        "device": {"joint": "ankle_angle", "law": "spring", "stiffness": 50.0},
        "search": {"stiffness": [0.0, 100.0]},
        **FEW,
    }
    (tmp_path / "search.yaml").write_text(yaml.safe_dump(search))
    arguments = ["device", "optimise", "search.yaml", "--minutes", "0", "--weaken", "soleus=0.9"]
    said = succeed(tmp_path, *arguments, "--out", "fitted", "--json", "f.json")
    assert "Condition: strength soleus 90 %" in said and "4 devices in" in said
    (best,) = read_devices(tmp_path / "fitted" / "device.yaml")
    figures = json.loads((tmp_path / "f.json").read_text())
    assert best.law == "spring" and best.stiffness == figures["best"]["device"]["stiffness"]
    rows = list(csv.DictReader((tmp_path / "fitted" / "tried.csv").open()))
    assert len(rows) == 4 and {"cost", "fell", "stiffness"} == set(rows[0])
    assert (tmp_path / "fitted" / "landscape.png").stat().st_size > 5000
    refuse(tmp_path, "minutes is -1", *arguments[:3], "--minutes", "-1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("device: {joint: ankle_angle}", "search is empty; name bounds"),
        ("search: {peek: [0, 1]}", "search.peek: .* no such number; did you mean 'peak'"),
        ("search: {peak: [1, 0]}", r"search.peak is \[1.0, 0.0\]; it must be two numbers"),
        ("search: {peak: [-50, 0]}", r"search.peak is -50.0; it must be in \[-10, 10\]"),
        ("speed: 9", "speed is 9.0; it must be in"),
    ],
)
def test_searches_that_are_none(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "search.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        DeviceSearch.load(path)
