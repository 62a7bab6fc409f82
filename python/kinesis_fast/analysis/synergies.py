"""Muscle synergies: activity as few patterns, by non-negative matrix factorisation."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kinesis_fast.config import check_ranges
from kinesis_fast.errors import InputError

Array = npt.NDArray[np.float64]

ENOUGH = 0.9
"""Variance accounted for, at which there are synergies enough by the usual rule."""
RESTARTS = 5


@dataclass(frozen=True)
class Synergies:
    """Activity of muscles (T, n) as ``activity`` (T, k) times ``vectors`` (k, n)."""

    vectors: Array
    """(k, n), each of norm 1."""
    activity: Array
    """How active each synergy is over time, (T, k)."""
    accounted: float
    """Variance accounted for: 1 - sum of squared errors over sum of squares."""
    accounted_by_muscle: Array
    """Variance accounted for, of every muscle, (n,)."""


def factorise(activity: npt.ArrayLike, count: int, *, seed: int = 0) -> Synergies:
    """Find synergies, by scikit-learn, the best of several starts.

    Args:
        activity: not negative, (T, n).
        count: of synergies.
        seed: of the starts.

    Raises:
        InputError: activity is not (T, n), negative or not finite, or count is not in
            [1, min(T, n)].
    """
    try:
        from sklearn.decomposition import NMF
        from sklearn.exceptions import ConvergenceWarning
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise InputError(
            "synergies are found by scikit-learn: pip install 'kinesis_fast[report]'"
        ) from error

    x = _checked(activity)
    check_ranges((("count", count, 1, min(x.shape)),))
    best: tuple[float, Array, Array] | None = None
    for start in range(RESTARTS):
        begin = "random" if start else "nndsvda"
        model = NMF(count, init=begin, random_state=seed + start, max_iter=3000, tol=1e-4)
        # Threads would wait for each other longer than such small products take.
        with warnings.catch_warnings(), threadpool_limits(1):
            # What has not quite converged is judged by its error like the rest.
            warnings.simplefilter("ignore", ConvergenceWarning)
            weights = model.fit_transform(x)
        missed = float(np.sum((x - weights @ model.components_) ** 2))
        if best is None or missed < best[0]:
            best = missed, weights, model.components_
    assert best is not None
    _, weights, vectors = best
    norm = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
    misses = (x - weights @ vectors) ** 2
    return Synergies(
        vectors=vectors / norm[:, None],
        activity=weights * norm,
        accounted=float(1 - misses.sum() / np.sum(x**2)),
        accounted_by_muscle=1 - misses.sum(axis=0) / np.maximum(np.sum(x**2, axis=0), 1e-12),
    )


@dataclass(frozen=True)
class SynergyCount:
    """How many synergies there are."""

    accounted: list[float]
    """By 1, 2, ... synergies."""
    by_rule: int
    """The fewest that account for :data:`ENOUGH`; 0: none of those tried does."""
    by_elbow: int
    """Where the curve is furthest above the line through its ends."""


def count_synergies(activity: npt.ArrayLike, most: int = 8, *, seed: int = 0) -> SynergyCount:
    """Factorise into 1, 2, ... synergies.

    Args:
        activity: not negative, (T, n).
        most: synergies that are tried.
        seed: of the starts.

    Raises:
        InputError: as :func:`factorise`.
    """
    x = _checked(activity)
    check_ranges((("most", most, 1, 1000),))
    accounted = [
        factorise(x, count, seed=seed).accounted for count in range(1, min(most, *x.shape) + 1)
    ]
    enough = [count for count, share in enumerate(accounted, 1) if share >= ENOUGH]
    line = np.linspace(accounted[0], accounted[-1], len(accounted))
    return SynergyCount(
        accounted, enough[0] if enough else 0, int(np.argmax(np.array(accounted) - line)) + 1
    )


def similarity(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Return the cosines of vectors with their partners among others, best first.

    Pairs are chosen so that the sum of cosines is highest; as many as the fewer of both.

    Args:
        a: vectors, (k, n).
        b: others, (l, n).

    Returns:
        (min(k, l),).

    Raises:
        InputError: vectors of different lengths.
    """
    from scipy.optimize import linear_sum_assignment

    x, y = (np.asarray(v, float) for v in (a, b))
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[1]:
        raise InputError(
            f"vectors have shapes {x.shape} and {y.shape}; (k, n) and (l, n) are needed"
        )
    x, y = (v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-12) for v in (x, y))
    table = x @ y.T
    rows, columns = linear_sum_assignment(-table)
    return np.sort(table[rows, columns])[::-1]


def _checked(activity: npt.ArrayLike) -> Array:
    x = np.asarray(activity, float)
    if x.ndim != 2 or x.size == 0:
        raise InputError(f"activity has shape {x.shape}; (times, muscles) is needed")
    if not np.all(np.isfinite(x)) or x.min() < 0:
        raise InputError("activity is negative or not finite; synergies are of what is neither")
    if not x.any():
        raise InputError("no muscle is ever active; there are no synergies")
    return x
