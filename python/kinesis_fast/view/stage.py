"""A scene in a browser: the body on its floor, its muscles as tubes, and what it is to follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np
import numpy.typing as npt

from kinesis_fast.view.muscle_tubes import MuscleTubes, Tubes
from kinesis_fast.view.playback import STICKS

if TYPE_CHECKING:
    import viser

Array = npt.NDArray[np.float64]

SIDES = 10
"""Of a tube."""
OVERLAP = 1.08
"""Of a piece's length, so that bends show no gaps."""
THICKNESS = 0.015
"""How thick lines are drawn, m."""
GHOST = (60, 140, 240)
PATH = (250, 150, 40)
SKY, HORIZON = (150, 178, 210), (226, 232, 238)
"""From above to below, as in films."""
FLOOR, TILES = (122, 130, 140), (96, 104, 114)
CAMERA, LOOKS_AT = (1.9, -2.3, 0.25), (0.0, 0.0, -0.15)
"""m from the body's middle."""
SEES = 0.80
"""Radians from above to below: the body is as high as the picture, nearly."""

UPRIGHT = 0.75
"""Width over height of a picture, below which it is a telephone's."""
UPRIGHT_CAMERA, UPRIGHT_LOOKS_AT = (1.9, -2.3, 0.7), (0.0, 0.0, -1.5)
UPRIGHT_SEES = 1.33


class Stage:
    """Draws moments into a viser server's scene, for every browser."""

    def __init__(
        self, server: viser.ViserServer, model: mujoco.MjModel, tracked: Sequence[str]
    ) -> None:
        """Lay the floor, light it, and put the body there.

        Args:
            server: whose scene it is.
            model: unstripped, so that it has its meshes; its visual settings are changed.
            tracked: names of the tracked bodies, which the figure that is planned is drawn of.
        """
        from mjviser import ViserMujocoScene

        self._server = server
        self.model = model
        self._data, self._ghost = mujoco.MjData(model), mujoco.MjData(model)
        self._muscles = MuscleTubes(self.model)
        server.initial_camera.position = CAMERA
        server.initial_camera.look_at = LOOKS_AT
        server.initial_camera.fov = SEES
        self._scene = ViserMujocoScene(server, self.model, num_envs=1)
        self._scene.show_contact_forces = True
        self._light()
        self._tracked = [model.body(name).id for name in tracked]
        # The scene keeps the body in the middle and moves the world: so does this frame.
        self._world = server.scene.add_frame("/plan", show_axes=False)
        self._drawn: dict[str, Any] = {}
        self.shows_plan = True
        """Whether the planned motion and its path are drawn."""

    def _light(self) -> None:
        """Give the scene a sky, and the floor a colour and shadows."""
        share = np.linspace(0.0, 1.0, 256)[:, None, None]
        sky = (1.0 - share) * np.array(SKY) + share * np.array(HORIZON)
        self._server.scene.set_background_image(np.tile(sky, (1, 8, 1)).astype(np.uint8))
        self._server.scene.configure_default_lights(cast_shadow=True)
        for i in range(self.model.ngeom):
            if self.model.geom_type[i] == mujoco.mjtGeom.mjGEOM_PLANE:
                body = self.model.body(self.model.geom_bodyid[i]).name
                self._server.scene.add_grid(  # in the place of the scene's own, of the same name
                    f"/fixed_bodies/{body}/{self.model.geom(i).name}",
                    infinite_grid=True, cell_size=0.5, cell_color=TILES, cell_thickness=1.0,
                    section_size=1.0, section_color=TILES, section_thickness=1.6,
                    plane_color=FLOOR, plane_opacity=1.0, shadow_opacity=0.35,
                    fade_distance=25.0, position=self.model.geom_pos[i],
                    wxyz=self.model.geom_quat[i],
                )  # fmt: skip

    @staticmethod
    def fit(client: viser.ClientHandle) -> None:
        """Have a browser on a telephone see the body above the panel, which lies below there."""
        if client.camera.aspect < UPRIGHT:
            with client.atomic():
                client.camera.fov = UPRIGHT_SEES
                client.camera.position = UPRIGHT_CAMERA
                client.camera.look_at = UPRIGHT_LOOKS_AT

    def draw(
        self,
        qpos: Array,
        activation: Array | None = None,
        *,
        reference: Array | None = None,
        path: Array | None = None,
        goal: Array | None = None,
    ) -> None:
        """Show one moment.

        Args:
            qpos: the body's posture, (nq,).
            activation: of the muscles, (nu,); None: not known.
            reference: the posture that it is to follow, (nq,).
            path: where that goes, (n, 2), m.
            goal: where it is to come, (2,), m.
        """
        self._data.qpos[:] = qpos
        mujoco.mj_forward(self.model, self._data)
        with self._server.atomic():
            self._scene.update_from_mjdata(self._data)
            self._world.position = -self._data.xpos[self._tracked[0]]
            self._draw_muscles(self._muscles.of(self._data, activation))
            if reference is not None:
                self._ghost.qpos[:] = reference
                mujoco.mj_kinematics(self.model, self._ghost)
                places = self._ghost.xpos[self._tracked]
                self._lines(
                    "/plan/ghost", np.array([[places[a], places[b]] for a, b in STICKS]), GHOST
                )
            if path is not None:
                line = np.column_stack([path, np.full(len(path), 0.02)])
                self._lines("/plan/path", np.stack([line[:-1], line[1:]], axis=1), PATH)
            if goal is not None:
                self._server.scene.add_icosphere(
                    "/plan/goal", radius=0.1, color=PATH, position=(*goal, 0.1)
                )

    def _draw_muscles(self, tubes: Tubes) -> None:
        placed: dict[str, Any] = {
            "batched_positions": (0.5 * (tubes.starts + tubes.ends)).astype(np.float32),
            "batched_wxyzs": turned_to(tubes.ends - tubes.starts).astype(np.float32),
            "batched_scales": np.column_stack(
                [
                    tubes.radii,
                    tubes.radii,
                    OVERLAP * np.linalg.norm(tubes.ends - tubes.starts, axis=1),
                ]
            ).astype(np.float32),
            "batched_colors": np.round(255.0 * tubes.colors).astype(np.uint8),
        }
        name = "/plan/muscles"
        if name not in self._drawn:
            vertices, faces = cylinder()
            self._drawn[name] = self._server.scene.add_batched_meshes_simple(
                name, vertices, faces, lod="off", receive_shadow=False, **placed
            )
            return
        for field, values in placed.items():
            setattr(self._drawn[name], field, values)

    def _lines(self, name: str, points: Array, color: tuple[int, int, int]) -> None:
        if name not in self._drawn:
            self._drawn[name] = self._server.scene.add_line_segments(
                name, points.astype(np.float32), color, thickness=THICKNESS, thickness_units="world"
            )
        self._drawn[name].points = points.astype(np.float32)
        self._drawn[name].visible = self.shows_plan


def turned_to(directions: Array) -> Array:
    """Return quaternions (n, 4), scalar first, that turn the z axis to directions (n, 3)."""
    unit = directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9)
    x, y, z = unit.T
    turned = np.column_stack([1.0 + z, -y, x, np.zeros(len(unit))])
    turned[z < -1.0 + 1e-9] = (0.0, 1.0, 0.0, 0.0)  # straight back
    found: Array = turned / np.linalg.norm(turned, axis=1, keepdims=True)
    return found


def cylinder() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint32]]:
    """Return vertices and faces of an open cylinder: radius 1 and length 1, along z."""
    angle = np.linspace(0.0, 2.0 * np.pi, SIDES, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    vertices = np.vstack([np.column_stack([ring, np.full(SIDES, end)]) for end in (-0.5, 0.5)])
    low = np.arange(SIDES)
    after = (low + 1) % SIDES
    faces = np.vstack(
        [np.column_stack([low, after, low + SIDES]),
         np.column_stack([after, after + SIDES, low + SIDES])]
    )  # fmt: skip
    return vertices.astype(np.float32), faces.astype(np.uint32)
