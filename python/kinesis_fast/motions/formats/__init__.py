"""Readers of motion file formats, one file a format."""
