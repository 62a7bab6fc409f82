"""Synergies that were planted are found."""

from __future__ import annotations

import numpy as np
import pytest

from kinesis_fast import InputError
from kinesis_fast.analysis.synergies import count_synergies, factorise, similarity

pytest.importorskip("sklearn")


def planted(count: int = 4, noise: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """Vectors, each mostly of three muscles of its own; activity: bursts at other times."""
    rng = np.random.default_rng(3)
    vectors = 0.2 * rng.random((count, 3 * count))
    for k in range(count):
        vectors[k, 3 * k : 3 * k + 3] += 0.5 + rng.random(3)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    phase = np.linspace(0.0, 5.0, 500)[:, None] - np.arange(count) / count
    bursts = np.exp(-0.5 * ((np.mod(phase + 0.5, 1.0) - 0.5) / 0.08) ** 2)
    x = bursts @ vectors
    return vectors, np.maximum(0.0, x + noise * rng.normal(size=x.shape))


def test_planted_synergies_are_found() -> None:
    vectors, x = planted()
    found = factorise(x, 4)
    assert similarity(found.vectors, vectors).min() >= 0.95
    assert found.accounted > 0.98
    assert found.accounted_by_muscle.shape == (12,)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1.0)
    missed = np.sum((x - found.activity @ found.vectors) ** 2) / np.sum(x**2)
    assert found.accounted == pytest.approx(1 - missed)


def test_their_number_is_found() -> None:
    _, x = planted()
    found = count_synergies(x, 7)
    assert found.by_rule == found.by_elbow == 4
    assert len(found.accounted) == 7
    assert all(a <= b + 1e-6 for a, b in zip(found.accounted, found.accounted[1:], strict=False))


def test_similarity_pairs_vectors_whatever_their_order() -> None:
    a = np.eye(3)
    np.testing.assert_allclose(similarity(a, a[[2, 0, 1]]), 1.0)
    np.testing.assert_allclose(similarity(a, a[:1]), [1.0])


def test_what_is_no_activity_is_refused() -> None:
    with pytest.raises(InputError, match="negative or not finite"):
        factorise([[1.0, -0.1]], 1)
    with pytest.raises(InputError, match="no muscle is ever active"):
        factorise(np.zeros((5, 3)), 1)
    with pytest.raises(InputError, match=r"count is 4; it must be in \[1, 3\]"):
        factorise(np.ones((5, 3)), 4)
    with pytest.raises(InputError, match=r"shape \(3,\)"):
        factorise([1.0, 2.0, 3.0], 1)
    with pytest.raises(InputError, match=r"count is 3; it must be in \[1, 2\]"):
        factorise(np.ones((2, 5)), 3)
    with pytest.raises(InputError, match="most is 0"):
        count_synergies(np.ones((5, 3)), 0)
    with pytest.raises(InputError, match=r"shapes \(3, 3\) and \(4, 4\)"):
        similarity(np.eye(3), np.eye(4))
