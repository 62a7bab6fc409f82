"""Pictures and videos."""

HOW_TO_DRAW = "on Debian and Ubuntu: apt-get install libegl1 libgl1-mesa-dri libosmesa6"
"""On a machine without a screen."""
