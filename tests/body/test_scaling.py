"""Bodies of other sizes, beside numbers worked by hand and what MuJoCo makes of them."""

from __future__ import annotations

from pathlib import Path

import mujoco
import numpy as np
import pytest
from command_line import run
from motion_samples import write_trc

from kinesis_fast import InputError, make_vec
from kinesis_fast.body import load_model, quiet_mujoco
from kinesis_fast.body.compose import compose, scaled_body
from kinesis_fast.body.scaling import SEGMENTS, TRUNK, BodyScale, by_height, scale_spec
from kinesis_fast.rotations import matrix_from_quat


def scaled(name: str, scale: BodyScale) -> tuple[mujoco.MjModel, mujoco.MjModel]:
    """A model as it is, and scaled."""
    with quiet_mujoco():
        spec = compose(name)
        before = spec.compile()
        scale_spec(spec, scale)
        return before, spec.compile()


def inertia(model: mujoco.MjModel, body: int) -> np.ndarray:
    axes = matrix_from_quat(np.array(model.body_iquat[body]))
    return axes @ np.diag(model.body_inertia[body]) @ axes.T


def paths(model: mujoco.MjModel) -> np.ndarray:
    data = mujoco.MjData(model)
    mujoco.mj_fwdPosition(model, data)
    return np.array(data.actuator_length)


@pytest.mark.parametrize("name", ["myolegs", "myolegs_opensim"])
def test_a_body_that_is_not_scaled_moves_as_before(name: str) -> None:
    before, after = scaled(name, BodyScale())
    a, b = mujoco.MjData(before), mujoco.MjData(after)
    for _ in range(50):
        a.ctrl[:] = b.ctrl[:] = 0.1
        mujoco.mj_step(before, a)
        mujoco.mj_step(after, b)
    np.testing.assert_allclose(a.qpos, b.qpos, atol=1e-6)


def test_one_factor_for_all_is_worked_by_hand() -> None:
    by = 0.9
    scales = dict.fromkeys((*SEGMENTS, TRUNK), (by, by, by))
    mass = float(load_model().body_mass.sum())
    before, after = scaled("myolegs", BodyScale(scales, mass * by**3))
    np.testing.assert_allclose(after.body_pos[2:], before.body_pos[2:] * by, atol=1e-9)
    np.testing.assert_allclose(after.body_mass, before.body_mass * by**3, rtol=1e-6)
    for body in range(1, before.nbody):
        expected = inertia(before, body) * by**5
        np.testing.assert_allclose(inertia(after, body), expected, atol=2e-5 * expected.max())
    np.testing.assert_allclose(paths(after), paths(before) * by, rtol=1e-9)
    spans = [m.actuator_lengthrange for m in (before, after)]
    np.testing.assert_allclose(spans[1], spans[0] * by, rtol=1e-9)
    # Volume goes with mass times height, force with volume over length.
    forces = [m.actuator_gainprm[:, 2] for m in (before, after)]
    np.testing.assert_allclose(forces[1], forces[0] * by**3, rtol=1e-9)
    solid = (before.geom_contype > 0) & (before.geom_bodyid > 0)
    np.testing.assert_allclose(after.geom_size[solid], before.geom_size[solid] * by, rtol=1e-9)


def test_a_longer_thigh_is_longer_along_itself_alone() -> None:
    before, after = scaled("myolegs", BodyScale({"thigh": (1.0, 1.2, 1.0)}))
    for model, knee in ((before, 0.40443), (after, 1.2 * 0.40443)):
        tibia = model.body("tibia_r")
        assert tibia.pos[1] == pytest.approx(-knee, abs=1e-5)
        assert tibia.pos[2] == pytest.approx(-0.00126, abs=1e-4)
    # A rod of second moment y along it, x and z across: turning about x has y + z.
    moments = []
    for model in (before, after):
        about = inertia(model, model.body("femur_r").id)
        moments.append(np.diag(0.5 * np.trace(about) * np.eye(3) - about))
    np.testing.assert_allclose(moments[1], moments[0] * [1.0, 1.44, 1.0], rtol=1e-3)
    assert after.body("femur_r").mass == pytest.approx(before.body("femur_r").mass)
    # What slides in the knee is carried by the thigh.
    for name in ("knee_angle_translation1_r", "knee_angle_translation2_r"):
        joint = before.joint(name)
        longer = np.linalg.norm(joint.axis * [1.0, 1.2, 1.0])
        (number,) = np.flatnonzero(before.eq_obj1id == joint.id)
        by = before.eq_data[number, :5] * longer
        np.testing.assert_allclose(after.eq_data[number, :5], by, rtol=1e-5)
    soleus = before.actuator("soleus_r").id
    assert paths(after)[soleus] == pytest.approx(paths(before)[soleus])


@pytest.mark.parametrize("name", ["myolegs", "myolegs_opensim"])
def test_paths_stay_on_their_side(name: str) -> None:
    uneven = BodyScale({"pelvis": (1.1, 1.05, 1.15), "thigh": (1.0, 1.12, 1.0)})
    before, after = scaled(name, uneven)
    ratio = paths(after) / paths(before)
    assert ratio.min() > 0.8 and ratio.max() < 1.35


def test_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "anna.xml"
    scaled_body("myolegs", by_height(1.6, 55.0), path)
    assert "/" not in path.read_text().split('meshdir="')[1].split('"')[0].removeprefix("myo_sim/")
    model = load_model(path)
    assert model.body_mass.sum() == pytest.approx(55.0, rel=1e-4)
    # Its default pose satisfies its couplings, as those of built-in models do.
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    assert np.abs(data.efc_pos[: data.ne]).max() < 1e-5
    assert load_model(path, strip=False).nmesh > 20
    env = make_vec(num_envs=16, model=str(path), control_mode="joint", physics="lanes")
    assert env.physics == "lanes"
    env.reset(seed=0)
    ended = sum(
        int(env.step(np.zeros((16, env.num_actions), np.float32))[2].sum()) for _ in range(9)
    )
    assert ended == 0


def test_bad_sizes_are_refused(tmp_path: Path) -> None:
    place = tmp_path / "no" / "a.xml"
    for make, message in (
        (lambda: BodyScale({"arm": (1.0, 1.0, 1.0)}), "unknown segment 'arm'; there are pelvis"),
        (lambda: BodyScale({"thigh": (1.0, 3.0, 1.0)}), r"thigh is scaled by .*\[0.4, 2\]"),
        (lambda: BodyScale(mass=0.0), r"mass is 0; it must be in \[10, 300\] kg"),
        (lambda: by_height(16.0), r"height is 16; it must be in \[0.8, 2.5\] m"),
        (
            lambda: scaled_body("myolegs27", BodyScale(), place),
            "did you mean 'myolegs",
        ),
        (
            lambda: scaled_body("myolegs", BodyScale(), place),
            "folder .* does not",
        ),
    ):
        with pytest.raises(InputError, match=message):
            make()


def test_command(tmp_path: Path) -> None:
    write_trc(tmp_path)
    arguments = [
        "body",
        "scale",
        "walk.trc",
        "--mass",
        "60",
        "--height",
        "1.65",
        "--out",
        "her.xml",
    ]
    told = run(tmp_path, *arguments)
    assert told.returncode == 0, told.stderr
    assert "60.0 kg" in told.stdout and "thigh" in told.stdout
    told = run(tmp_path, "motions", "import", "walk.trc", "--model", "her.xml", "--out", "her.h5")
    assert told.returncode == 0, told.stderr
    for arguments, message in (
        (["--out", "her.xml"], "give a trial with markers, or --height"),
        (["--height", "1.6", "--out", "her.mjb"], "a body's suffix is .xml"),
        (["none.trc", "--out", "her.xml"], "'none.trc' does not exist"),
        (["her.h5", "--out", "a.xml"], "holds no markers; trials are .c3d and .trc files"),
    ):
        told = run(tmp_path, "body", "scale", *arguments)
        assert told.returncode == 2
        assert message in told.stderr
