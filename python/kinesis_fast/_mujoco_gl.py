"""Pass over a MUJOCO_GL that names no way to draw: MuJoCo could not be imported with it."""

from __future__ import annotations

import os
import warnings

WAYS = ("glfw", "egl", "osmesa", "glx", "wgl", "cgl", "enable", "enabled", "on", "true", "1")
NONE = ("", "disable", "disabled", "off", "false", "0")


def pass_over() -> None:
    """Warn of such a value, and take it out of this process's environment."""
    value = os.environ.get("MUJOCO_GL", "")
    if value.lower().strip() not in (*WAYS, *NONE):
        del os.environ["MUJOCO_GL"]
        warnings.warn(
            f"MUJOCO_GL is {value!r}, which is no way to draw; it is passed over (egl, osmesa, "
            "glfw and off are some)",
            stacklevel=2,
        )


pass_over()
