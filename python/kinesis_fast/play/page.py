"""The page: the body in a browser, and what drives it. Made of viser and mjviser."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kinesis_fast.body import load_model, muscle_names
from kinesis_fast.body.legs import MUSCLE_GROUPS
from kinesis_fast.body.names import without_side
from kinesis_fast.config import finite_numbers
from kinesis_fast.errors import InputError
from kinesis_fast.play.driver import DIRECTIONS, FACINGS, SPEED_STEP, Driver, direction_of
from kinesis_fast.play.inlet import Inlet
from kinesis_fast.play.live import LiveLoop
from kinesis_fast.play.recording import keep_video
from kinesis_fast.play.script import ScriptEntry
from kinesis_fast.play.session import TOP_SPEED, PlaySession, Snapshot
from kinesis_fast.view.stage import Stage

Array = npt.NDArray[np.float64]

HOTKEYS = {
    "8": "ahead",
    "7": "ahead left",
    "4": "left",
    "1": "back left",
    "2": "back",
    "3": "back right",
    "6": "right",
    "9": "ahead right",
}
"""As KINESIS's number pad: where the key lies is where the body goes."""
PAD = (("↖ 7", "↑ 8", "↗ 9"), ("← 4", "■ 5", "→ 6"), ("↙ 1", "↓ 2", "↘ 3"))
"""Buttons, each with its key."""
LEGEND = "*Blue: the motion planned for it; orange: its path; arrows: forces on the floor.*"
CHARTED = "soleus"
"""The muscle that is charted first."""
CHART_SECONDS = 6.0
KEEPS_UP = 0.9
"""Times real time, below which every second picture is left out."""
READ_OUTS_EVERY = 6
PUSH_SECONDS = 0.1
MOST_TIRING = 300
"""Times as fast as people: hours are minutes."""
RECORD_SECONDS = 300.0
"""At most, of a recording."""
PAUSE_LABELS = ("Pause (P)", "Go on (P)")
RECORDING_LABELS = ("Record", "Stop recording")
FILMS = Path("films")
"""Where recordings are kept, in the folder that the command was called in."""
HANDLE_PLACE = -0.85
"""m under the body's middle, of the handle that is dragged: near the floor."""


def _done(what: Callable[[], None]) -> None:
    """Do something to the page; a browser may come or go meanwhile.

    viser tells its sender of every change from the thread that makes it (asyncio's events are for
    their own thread), which fails at the moment in which a sender begins to wait. The change is
    sent with the next one.
    """
    try:
        what()
    except RuntimeError as error:
        if "mutated during iteration" not in str(error):
            raise


class Page:
    """Shows a session to any number of browsers; the one that came first drives."""

    def __init__(
        self, session: PlaySession, port: int, actions: Sequence[ScriptEntry] = ()
    ) -> None:
        """Serve on 127.0.0.1.

        Args:
            session: what is shown.
            port: to serve on; the next free one where it is taken, any if 0.
            actions: of a script, done by themselves.

        Raises:
            InputError: viser and mjviser are not installed.
        """
        try:
            import mjviser  # noqa: F401  the stage's
            import viser
        except ImportError as error:
            raise InputError(
                "the page needs viser and mjviser: pip install 'kinesis_fast[play]'"
            ) from error
        self.session = session
        self.driver = Driver(session)
        self.loop = LiveLoop(session, self.show, self._notify)
        self._waiting = deque(actions)
        self._inlet = Inlet(self._notify)
        with self._inlet.installed():
            self.server = viser.ViserServer(
                host="127.0.0.1", port=port or free_port(), label="kinesis_fast", verbose=False
            )
        self._inlet.controls = self.server.gui._gui_input_handle_from_uuid
        # viser's button to share a page would send it through another's machine.
        self.server.gui.configure_theme(control_width="medium", show_share_button=False)
        self.server.gui.main_panel.dock_right()
        self._viewers: list[int] = []
        self._lock = threading.Lock()
        self.server.on_client_connect(self._arrived)
        self.server.on_client_disconnect(self._left)
        env = session.env
        name, timestep = session.checkpoint.config.env.model, env.model.opt.timestep
        full = load_model(name, timestep=timestep, strip=False)
        self.stage = Stage(self.server, full, env.tracked_bodies)
        self._count = 0
        names = muscle_names(session.env.model)
        self._muscles = {name: i for i, name in enumerate(names)}
        self._kinds = sorted({without_side(name) for name in names})
        self._history: deque[tuple[float, Array]] = deque(
            maxlen=round(CHART_SECONDS / session.timestep)
        )
        self._recorded: list[Snapshot] | None = None
        """While recording."""
        self._build()

    @property
    def port(self) -> int:
        """Of the page, on 127.0.0.1."""
        return int(self.server.get_port())

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def viewers(self) -> int:
        """Browsers that look on."""
        return len(self._viewers)

    def close(self) -> None:
        """Stop the loop, and serving."""
        self.loop.stop_requested.set()
        self.loop.idle.wait(timeout=5.0)
        self.server.stop()

    # What browsers do.

    def _arrived(self, client: Any) -> None:
        with self._lock:
            self._viewers.append(client.client_id)
        self.stage.fit(client)

    def _left(self, client: Any) -> None:
        with self._lock:
            if client.client_id in self._viewers:
                self._viewers.remove(client.client_id)

    def _drives(self, event: Any) -> bool:
        """Tell whether an event comes from the browser that came first."""
        client = getattr(event, "client", None)
        if client is None:
            return True
        with self._lock:
            first = not self._viewers or self._viewers[0] == client.client_id
        if not first:
            client.add_notification(
                "You are watching", "The browser that came first drives.", auto_close_seconds=8.0
            )
        return first

    def _does(self, what: Callable[[], None]) -> Callable[[Any], None]:
        """Return a callback that has something done if the driver asks for it."""

        def callback(event: Any) -> None:
            if self._drives(event):
                self.loop.order(partial(_done, what))

        return callback

    def _notify(self, message: str) -> None:
        for client in self.server.get_clients().values():
            client.add_notification("Not done", message, color="red", auto_close_seconds=6.0)

    # What is on the page.

    def _build(self) -> None:
        gui: Any = self.server.gui
        self._text = gui.add_markdown("")
        if self.session.told == "command":
            self._build_driving()
        else:
            self._build_goal()
        with gui.add_folder("Session"):
            self._pause = gui.add_button(PAUSE_LABELS[0])
            self._pause.on_click(self._does(self._toggle_pause))
            gui.add_button("Reset (R)").on_click(self._does(self.session.reset))
            self._record = gui.add_button(RECORDING_LABELS[0])
            self._record.on_click(
                lambda event: self._does(partial(self._toggle_recording, event.client))(event)
            )
            planned = gui.add_checkbox("Planned motion (blue)", initial_value=True)
            planned.on_update(self._does(lambda: self._show_plan(bool(planned.value))))
            gui.add_markdown(LEGEND)
        with gui.add_folder("Push", expand_by_default=False):
            force = gui.add_slider("Force, N", min=0, max=600, step=10, initial_value=150)
            way = gui.add_dropdown("Towards", tuple(DIRECTIONS), initial_value="left")
            gui.add_button("Push").on_click(
                self._does(
                    lambda: self.session.push(
                        float(force.value), direction_of(way.value), PUSH_SECONDS
                    )
                )
            )
        with gui.add_folder("Muscles", expand_by_default=False):
            self._charted = gui.add_dropdown("Chart", tuple(self._kinds), initial_value=CHARTED)
            self._chart = self._add_chart()
            groups = [f"{group}{side}" for group in MUSCLE_GROUPS for side in ("", "_r", "_l")]
            weak = gui.add_dropdown("Weaken", (*self._kinds, *groups), initial_value=CHARTED)
            share = gui.add_slider("Strength left, %", min=0, max=100, step=5, initial_value=100)
            gui.add_button("Set strength").on_click(
                self._does(lambda: self.session.weaken(weak.value, share.value / 100.0))
            )
            tiring = gui.add_slider(
                "Tiring, times people's", min=0, max=MOST_TIRING, step=10, initial_value=0
            )
            tiring.on_update(self._does(lambda: self.session.tire(float(tiring.value))))
        with gui.add_folder("Ground", expand_by_default=False):
            slope = gui.add_slider(
                "Rises ahead, degrees", min=-12, max=12, step=1, initial_value=0,
                hint="The floor is drawn level: weight pulls aslant.",
            )  # fmt: skip
            slope.on_update(self._does(lambda: self.session.incline(float(slope.value))))
            bumps = gui.add_slider(
                "Uneven, cm up and down", min=0, max=6, step=1, initial_value=0,
                hint="The floor is drawn level: feet stand over and under it.",
            )  # fmt: skip
            bumps.on_update(self._does(lambda: self.session.roughen(bumps.value / 100.0)))
        for label, key, what in (
            ("Pause", "P", self._toggle_pause),
            ("Reset", "R", self.session.reset),
        ):
            gui.add_command(label, hotkey=key).on_trigger(self._does(what))

    def _build_driving(self) -> None:
        gui: Any = self.server.gui
        with gui.add_folder("Drive"):
            for number, row in enumerate(PAD):
                group = gui.add_button_group("Go" if number == 0 else " ", row)
                group.on_click(self._pressed)
            self._speed = gui.add_slider(
                "Speed, m/s (F, V)",
                min=0.0,
                max=TOP_SPEED,
                step=0.05,
                initial_value=self.driver.speed,
            )
            self._speed.on_update(self._does(self._set_speed))
            facing = gui.add_dropdown("Facing", FACINGS)
            facing.on_update(
                self._does(
                    lambda: (
                        self.driver.face_along()
                        if facing.value == FACINGS[0]
                        else self.driver.keep_facing()
                    )
                )
            )
            stick = gui.add_vector2(
                "Stick, m/s ahead and left",
                initial_value=(0.0, 0.0),
                min=(-TOP_SPEED, -TOP_SPEED),
                max=(TOP_SPEED, TOP_SPEED),
                step=0.1,
            )
            stick.on_update(self._does(lambda: self._stick(stick.value)))
        with gui.add_folder("Say"):
            sentence = gui.add_text("Sentence", initial_value="walk 2 m, turn left, stop")
            gui.add_button("Say").on_click(self._does(lambda: self._say(str(sentence.value))))
        self._build_handle()
        for key, name in HOTKEYS.items():
            gui.add_command(f"Go {name}", hotkey=key).on_trigger(
                self._does(partial(self.driver.go, DIRECTIONS[name]))
            )
        for label, key, what in (
            ("Stop", "5", self.driver.stop),
            ("Faster", "F", partial(self._change_speed, SPEED_STEP)),
            ("Slower", "V", partial(self._change_speed, -SPEED_STEP)),
        ):
            gui.add_command(label, hotkey=key).on_trigger(self._does(what))

    def _build_handle(self) -> None:
        """Add a handle on the floor: the body goes where it is dragged, 1 m/s a metre."""
        self._handle: Any = self.server.scene.add_transform_controls(
            "/drag_me",
            scale=0.35,
            active_axes=(True, True, False),
            disable_rotations=True,
            translation_limits=((-2.0, 2.0), (-2.0, 2.0), (HANDLE_PLACE, HANDLE_PLACE)),
            position=(0.0, 0.0, HANDLE_PLACE),
        )
        self._handle.on_update(
            lambda event: self._does(lambda: self._dragged(event.target.position))(event)
        )

    def _build_goal(self) -> None:
        gui: Any = self.server.gui
        with gui.add_folder("Goal"):
            place = gui.add_vector2("x, y in m", initial_value=(1.0, 0.0), step=0.1)
            gui.add_button("Go there").on_click(
                self._does(lambda: self.session.go_to(np.array(place.value)))
            )

    def _add_chart(self) -> Any:
        from viser import uplot

        nothing = np.linspace(-CHART_SECONDS, 0.0, 2)
        return self.server.gui.add_uplot(
            (nothing, np.zeros(2), np.zeros(2)),
            series=(
                uplot.Series(label="s"),
                uplot.Series(label="right", stroke="crimson", width=1.5),
                uplot.Series(label="left", stroke="royalblue", width=1.5),
            ),
            scales={"x": uplot.Scale(time=False), "y": uplot.Scale(range=(0.0, 1.0))},
            title="Activation",
            aspect=2.0,
        )

    # What buttons do, in the loop's thread.

    def _pressed(self, event: Any) -> None:
        key = str(event.target.value)[-1]
        self._does(partial(self._go, HOTKEYS.get(key)))(event)

    def _go(self, name: str | None) -> None:
        if name is None:
            self.driver.stop()
        else:
            self.driver.go(direction_of(name))

    def _set_speed(self) -> None:
        by = float(self._speed.value) - self.driver.speed
        if abs(by) > 1e-6:
            self.driver.faster(by)

    def _change_speed(self, by: float) -> None:
        self.driver.faster(by)
        self._speed.value = self.driver.speed

    def _stick(self, place: Sequence[float]) -> None:
        """Go as a stick is held: m/s ahead and to the left of the facing at the start."""
        ahead, left = finite_numbers("stick", place, 2)
        speed = min(TOP_SPEED, float(np.hypot(ahead, left)))
        if speed < 0.05:
            self.driver.stop()
            return
        self.driver.speed = speed
        self.driver.go(float(np.rad2deg(np.arctan2(left, ahead))))

    def _say(self, text: str) -> None:
        plan = self.session.say(text)
        for client in self.server.get_clients().values():
            client.add_notification("Understood", plan.explain(), auto_close_seconds=8.0)

    def _dragged(self, place: npt.ArrayLike) -> None:
        """Go where the handle lies, in the world's axes."""
        x, y, _ = finite_numbers("place of the handle", place, 3)
        angle = self.session.start_facing
        c, s = np.cos(angle), np.sin(angle)
        self._stick((c * x + s * y, c * y - s * x))

    def _toggle_recording(self, client: Any) -> None:
        if self._recorded is None:
            self._recorded = []
            self._record.label = RECORDING_LABELS[1]
            return
        taken, self._recorded = self._recorded, None
        self._record.label = RECORDING_LABELS[0]
        if taken:
            threading.Thread(target=self._send, args=(taken, client), daemon=True).start()

    def _send(self, taken: list[Snapshot], client: Any) -> None:
        """Draw a recording, beside the loop, keep it, and send it to the browser that asked."""
        try:
            path = keep_video(taken, self.stage.model, 1.0 / self.session.timestep, FILMS)
        except (InputError, OSError) as error:
            self._notify(f"The recording could not be drawn: {error}")
            return
        kept = f"The film is kept as {path.resolve()}"
        for one in self.server.get_clients().values():
            one.add_notification("Recorded", kept, auto_close_seconds=20.0)
        if client is not None and client.client_id in self.server.get_clients():
            client.send_file_download(path.name, path.read_bytes(), save_immediately=True)

    def _show_plan(self, shown: bool) -> None:
        self.stage.shows_plan = shown

    def _toggle_pause(self) -> None:
        self.loop.paused = not self.loop.paused
        self._pause.label = PAUSE_LABELS[self.loop.paused]

    # What is shown.

    def show(self, seen: Snapshot) -> None:
        """Bring the page up to date, as often as browsers need it."""
        _done(partial(self._bring_up_to_date, seen))

    def _bring_up_to_date(self, seen: Snapshot) -> None:
        self._count += 1
        while self._waiting and self._waiting[0].time <= self.loop.simulated:
            self.loop.order(partial(self._waiting.popleft().apply, self.session))
        self._history.append((seen.time, seen.activation.copy()))
        if self._recorded is not None and not self.loop.paused:
            self._recorded.append(seen)
            if len(self._recorded) * self.session.timestep >= RECORD_SECONDS:
                self._notify(f"A recording takes {RECORD_SECONDS:.0f} s at most; this one ended.")
                self._toggle_recording(next(iter(self.server.get_clients().values()), None))
        if self.viewers and (self.loop.real_time > KEEPS_UP or self._count % 2 == 0):
            self.stage.draw(
                seen.qpos, seen.activation, reference=seen.reference, path=seen.path, goal=seen.goal
            )
        if self._count % READ_OUTS_EVERY == 0:
            self._text.content = read_outs(seen, self.loop, self.viewers, list(self._muscles))
            if self.viewers:
                self._draw_chart()

    def _draw_chart(self) -> None:
        kind = str(self._charted.value)
        sides = [self._muscles.get(f"{kind}_{side}") for side in ("r", "l")]
        times = np.array([time for time, _ in self._history])
        curves = [
            np.array([a[i] for _, a in self._history]) if i is not None else np.zeros(len(times))
            for i in sides
        ]
        self._chart.data = (times - times[-1], *curves)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def read_outs(seen: Snapshot, loop: LiveLoop, viewers: int, muscles: Sequence[str]) -> str:
    """Return the figures on the page, as Markdown; ``muscles`` names what is tired."""
    lines = [
        f"**speed** {seen.speed:.2f} m/s (commanded {seen.commanded_speed:.2f})",
        f"**direction** {seen.direction:.0f}° (commanded {seen.commanded_direction:.0f}°)",
        f"**facing** {seen.facing:.0f}° (commanded {seen.commanded_facing:.0f}°)",
        f"**height** {seen.height:.2f} m · **falls** {seen.falls}",
        f"**time** {seen.time:.1f} s · {loop.real_time:.2f} × real time"
        f"{' · paused' if loop.paused else ''} · {viewers} looking on",
    ]
    if seen.tired.max() > 0.0:
        most = int(np.argmax(seen.tired))
        lines.append(
            f"**tired** {seen.tired.mean():.0%} of all muscles, most {muscles[most]} "
            f"{seen.tired[most]:.0%}"
        )
    if seen.condition:
        lines.append(f"**condition** {seen.condition}")
    if seen.saying:
        lines.insert(0, f"**doing** {seen.saying}")
    if seen.goal is not None:
        lines.insert(2, f"**to the goal** {seen.goal_distance:.2f} m")
    return "  \n".join(lines)
