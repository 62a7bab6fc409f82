"""Analysis of muscle activity and movement."""
