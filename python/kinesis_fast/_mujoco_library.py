"""See that the MuJoCo library in this process is the one the engine was built for."""

from __future__ import annotations

import mujoco

from kinesis_fast._build import MUJOCO_VERSION


def check_version(found: str = mujoco.__version__, needed: str = MUJOCO_VERSION) -> None:
    """Raise ImportError, naming both versions, unless they are the same.

    Importing ``mujoco`` has loaded its library; the extension is linked against the same file
    name and binds to the copy already loaded, wherever the package lies.
    """
    if found != needed:
        # MuJoCo 4 has its library in mujoco-core, and does not go over an older one.
        package = "mujoco" if int(needed.split(".")[0]) < 4 else "mujoco-core"
        raise ImportError(
            f"kinesis_fast was built for MuJoCo {needed}, but MuJoCo {found} is installed; run: "
            f"pip uninstall -y mujoco mujoco-core && pip install {package}=={needed}"
        )


check_version()
