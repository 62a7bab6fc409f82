"""Muscle activity against surface electromyography (EMG)."""
