"""From keys and buttons to commands: eight directions, faster, slower, stop."""

from __future__ import annotations

from dataclasses import dataclass

from kinesis_fast.config import check_names
from kinesis_fast.play.session import TOP_SPEED, PlaySession, wrapped

DIRECTIONS = {
    "ahead": 0.0,
    "ahead left": 45.0,
    "left": 90.0,
    "back left": 135.0,
    "back": 180.0,
    "back right": -135.0,
    "right": -90.0,
    "ahead right": -45.0,
}
"""Degrees to the left of straight ahead."""
SPEED_STEP = 0.2
"""m/s, of faster and slower."""
FACINGS = ("the way it goes", "as it faces now")


def direction_of(name: object) -> float:
    """Return degrees to the left of straight ahead.

    Raises:
        InputError: no such direction.
    """
    check_names((("direction", name, tuple(DIRECTIONS)),))
    return DIRECTIONS[str(name)]


@dataclass
class Driver:
    """What the keys mean: directions count from the facing at the start, not from the body's."""

    session: PlaySession
    speed: float = 1.0
    """m/s, of a direction that is pressed next."""
    turn_along: bool = True
    """Face the way it goes; otherwise keep facing as now."""

    def go(self, direction: float) -> None:
        """Go in a direction, degrees, at the set speed."""
        facing = direction if self.turn_along else None
        self.session.command(self.speed, direction, facing)

    def stop(self) -> None:
        """Stand."""
        self.session.command(0.0)

    def faster(self, by: float = SPEED_STEP) -> None:
        """Change the speed; a body that goes goes on with it."""
        self.speed = min(TOP_SPEED, max(0.0, self.speed + by))
        if self.session.commanded_speed > 0:
            self.session.command(self.speed)

    def keep_facing(self) -> None:
        """Face from now on as the body faces now."""
        self.turn_along = False
        self.session.command(
            self.session.commanded_speed, None, wrapped(self.session.snapshot().facing)
        )

    def face_along(self) -> None:
        """Face the way it goes from now on."""
        self.turn_along = True
        self.session.command(self.session.commanded_speed, None, self.session.commanded_direction)
