"""The environments behind other libraries' interfaces, each a module that imports its library.

:mod:`~kinesis_fast.adapters.stable_baselines3` and :mod:`~kinesis_fast.adapters.rsl_rl`.
"""
