import numpy as np
import pytest

from customer_behavior.evaluation.bootstrap import draw_blocks


@pytest.mark.parametrize(("number", "length"), [(30, 7), (17, 7), (7, 7), (3, 7), (1, 7)])
def test_each_draw_has_as_many_times_as_there_are(number, length):
    draws = draw_blocks(number, length, replicates=200, seed=1)

    assert (draws[0] == 1).all()
    assert (draws.sum(axis=1) == number).all()
    assert draws.mean(axis=0) == pytest.approx(np.ones(number), abs=0.3)


@pytest.mark.parametrize("number", [3, 5, 7, 8, 17])
def test_draws_differ_however_few_times_there_are(number):
    draws = draw_blocks(number, 7, replicates=200, seed=1)

    assert len(np.unique(draws, axis=0)) > number


def test_neighbours_come_together():
    values = np.repeat([0.0, 10.0], 15)

    single, blocks = (draw_blocks(30, length, 2000, seed=1) @ values / 30 for length in (1, 7))

    # What is alike in a row says less than its number: the interval is wider.
    assert blocks.std() > 2 * single.std()
