"""Tasks: their configuration, and how it becomes the engine's."""
