"""Joint centres as a marker file (``.trc``)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinesis_fast.body import root_body
from kinesis_fast.body.legs import OPENSIM_TO_WORLD, SIDES
from kinesis_fast.motions.export.motion import Motion

CENTRES = {"hip": "femur", "knee": "tibia", "ankle": "talus", "toes": "toes"}
"""Bodies whose origins lie in the joints."""


def write_trc(path: Path, motion: Motion) -> None:
    """Write the joints' centres: millimetres, y up, walking along x as OpenSim has it."""
    model = motion.model
    names = {"pelvis": model.body(root_body(model)).name}
    for side in SIDES:
        names |= {f"{joint}_{side}": f"{body}_{side}" for joint, body in CENTRES.items()}
    places = np.stack([motion.place(body) for body in names.values()], axis=1)
    places = 1e3 * places @ OPENSIM_TO_WORLD  # world to OpenSim: its transpose from the left
    rate, frames = f"{motion.frame_rate:g}", len(places)
    axes = [f"{axis}{k + 1}" for k in range(len(names)) for axis in "XYZ"]
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\t"
        "OrigNumFrames",
        f"{rate}\t{rate}\t{frames}\t{len(names)}\tmm\t{rate}\t1\t{frames}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t",
        "\t\t" + "\t".join(axes),
        "",
    ]
    for t, (time, row) in enumerate(zip(motion.time, places, strict=True), start=1):
        lines.append("\t".join([str(t), f"{time:.9g}", *(f"{v:.5f}" for v in row.ravel())]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
