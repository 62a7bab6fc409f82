"""Which marker is which, what is hidden, and the joint centres between them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from motion_samples import recording, sample_markers

from kinesis_fast import InputError
from kinesis_fast.motions.capture.markers import (
    MarkerTrial,
    joint_centres,
    landmarks,
    recording_of,
    seen_throughout,
    up_axis,
)
from kinesis_fast.motions.capture.recording import POINTS

SETS = {
    "Plug-in Gait": "RASI LASI RPSI LPSI RKNE LKNE RANK LANK RHEE LHEE RTOE LTOE",
    "CAST": "R_IAS L_IAS R_IPS L_IPS R_FLE L_FLE R_FAL L_FAL R_FCC L_FCC R_FM2 L_FM2",
    "with a subject": "Ann:ASISr Ann:ASISl Ann:PSISr Ann:PSISl Ann:RKNE Ann:LKNE Ann:RANK Ann:LANK "
    "Ann:RHEE Ann:LHEE Ann:RTOE Ann:LTOE",
    "Davis": "r_asis l_asis r_psis l_psis r_knee_1 l_knee_1 r_mall l_mall r_heel l_heel "
    "r_met l_met",
    "OpenSim, running": "RASI LASI RPSI LPSI RLFC LLFC RLMAL LLMAL RCAL LCAL RTOE LTOE",
}
ORDER = [
    f"{part}_{side}" for part in ("asis", "psis", "knee", "ankle", "heel", "toe") for side in "rl"
]


def trial(**more: np.ndarray) -> MarkerTrial:
    return MarkerTrial("walk", 20.0, {**sample_markers(), **more}, 2)


@pytest.mark.parametrize("labels", SETS.values(), ids=SETS)
def test_labels_of_the_usual_sets_are_known(labels: str) -> None:
    expected = landmarks(trial())
    named = dict(zip(labels.split(), ORDER, strict=True))
    markers = {label: expected[landmark] for label, landmark in named.items()}
    found = landmarks(MarkerTrial("other", 20.0, markers, 2))
    assert sorted(found) == sorted(expected)
    for landmark, path in expected.items():
        np.testing.assert_array_equal(found[landmark], path)


def test_others_are_named_by_a_map() -> None:
    markers = dict(trial().markers)
    markers["Kniescheibe"] = markers.pop("R.Knee")
    odd = MarkerTrial("odd", 20.0, markers, 2)
    with pytest.raises(InputError, match=r"lacks 1 marker\(s\): knee_r; it has .*--joint-map"):
        landmarks(odd)
    found = landmarks(odd, {"knee_r": "Kniescheibe"})
    np.testing.assert_array_equal(found["knee_r"], markers["Kniescheibe"])
    with pytest.raises(InputError, match="'Kniescheib', which is no marker here; did you mean"):
        landmarks(odd, {"knee_r": "Kniescheib"})
    with pytest.raises(InputError, match="'kne_r' is no landmark; did you mean 'knee_r'"):
        landmarks(odd, {"kne_r": "Kniescheibe"})


def test_inner_markers_say_where_a_joint_is() -> None:
    # A joint 8 cm broad: the middle lies 1.5 cm nearer to the outer marker than without.
    markers = trial().markers
    inward = {"R": np.array([0.0, 0.08, 0.0]), "L": np.array([0.0, -0.08, 0.0])}
    inner = {f"{s}.Knee.Med": markers[f"{s}.Knee"] + by for s, by in inward.items()}
    centres = joint_centres(landmarks(trial(**inner)))
    for side, by in inward.items():
        knee = centres[:, POINTS.index(f"knee_{side.lower()}")]
        np.testing.assert_allclose(knee, markers[f"{side}.Knee"] + 0.5 * by, atol=1e-12)


def test_frames_before_all_is_seen_are_left_out() -> None:
    walk = trial()
    markers = {label: path.copy() for label, path in walk.markers.items()}
    markers["R.Heel"][:6] = np.nan
    markers["L.Toe"][-3:] = np.nan
    markers["R.PSIS"][:9] = np.nan  # not needed where there is a sacrum
    markers["Sacrum"] = 0.5 * (walk.markers["R.PSIS"] + walk.markers["L.PSIS"])
    cut = seen_throughout(replace(walk, markers=markers))
    assert len(cut.markers["R.Heel"]) == len(walk.markers["R.Heel"]) - 9
    assert cut.first_time == pytest.approx(6 / 20.0)
    assert cut.attributes["left_out"] == pytest.approx(9 / 20.0)
    found, whole = recording_of(replace(walk, markers=markers)), recording_of(walk)
    np.testing.assert_allclose(found.points, whole.points[6:-3], atol=1e-9)
    never = {label: path.copy() for label, path in walk.markers.items()}
    never["R.Heel"][10:], never["L.Heel"][:12] = np.nan, np.nan
    with pytest.raises(InputError, match="never all seen at once"):
        seen_throughout(replace(walk, markers=never))


def test_joints_are_where_the_sample_has_them() -> None:
    walk = recording_of(trial())
    expected = recording()
    for point in ("knee_r", "knee_l", "ankle_r", "ankle_l"):
        off = np.linalg.norm(walk[point] - expected[point], axis=1)
        assert off.max() < 0.02, point
    assert up_axis(trial().markers) == 2
    turned = {label: path[:, [0, 2, 1]] * [1, 1, -1] for label, path in trial().markers.items()}
    assert up_axis(turned) == 1
