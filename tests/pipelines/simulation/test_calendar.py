import numpy as np
import pytest

from customer_behavior.pipelines.simulation.calendar import DAY, VisitingTimes, hour_of_day
from simulated import simulation_parameters

FLAT = {
    "first_day": "2019-10-31",
    "daily_events": [1, 3],
    "hourly_sessions": [1] * 24,
    "hourly_purchase_percent": [1] * 24,
}
OUTAGE = ["2019-11-01 06:00:00", "2019-11-01 07:30:00"]


@pytest.fixture
def times():
    return VisitingTimes(
        simulation_parameters(calendar=FLAT, defects={"purchase_outages": [OUTAGE]})
    )


def test_each_hour_of_each_day_has_its_share(times):
    share = times.exposure(times.start, times.end)

    assert share.sum() == pytest.approx(1)
    assert share[1].sum() == pytest.approx(1 / 4)  # October's one day
    # Of November's three quarters, the sixth hour and half of the seventh were without purchases.
    assert share[0, 1, 6] == pytest.approx(0.75 / 24)
    assert share[0, 1, 7] == pytest.approx(0.75 / 48)
    assert share[0, 0, 7] == pytest.approx(0.75 / 48)
    assert share[:, 1].sum() == pytest.approx(0.75 / 16)


def test_a_span_counts_as_far_as_it_lies_in_the_calendar(times):
    assert times.exposure(times.end - DAY, times.end + DAY).sum() == pytest.approx(3 / 4)
    assert times.exposure(times.start, times.start).sum() == 0
    half_past_midnight = times.start + 1800
    assert times.exposure_until(np.array([half_past_midnight])) == pytest.approx([0.25 / 48])


def test_drawn_times_follow_the_profile(times):
    drawn = times.draw(100_000, np.random.default_rng(1))

    assert drawn.min() >= times.start
    assert drawn.max() < times.end
    assert np.mean(drawn >= times.start + DAY) == pytest.approx(0.75, abs=0.006)
    assert np.bincount(hour_of_day(drawn)) / len(drawn) == pytest.approx(1 / 24, abs=0.003)


def test_the_purchases_at_both_ends_of_an_outage_are_logged(times):
    begin = times.start + DAY + 6 * 3600
    moments = np.array([begin, begin + 1, begin + 5399, begin + 5400])

    assert times.is_outage(moments).tolist() == [False, True, True, False]
