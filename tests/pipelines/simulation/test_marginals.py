import json

import duckdb
import pytest

from conftest import REAL_DATA
from marginals import compare, read_daily_events
from simulated import simulate, simulation_parameters

# No Spark: what holds on one line holds on the other.
pytestmark = [pytest.mark.slow, pytest.mark.default_line]

# What is known to differ, by which factors, and why: docs/simulation.md, "What cannot be met".
KNOWN_TO_DIFFER = {
    "price: p25, purchases": (0.7, 0.9),
    "shape: session_duration_min p99.9": (0.03, 0.1),
    "shape: hours_between_sessions_same_user p10": (50, 150),
    "shape: hours_between_sessions_same_user p20": (20, 60),
    "shape: hours_between_sessions_same_user p30": (5, 10),
    "shape: hours_between_sessions_same_user p40": (2, 3),
    "shape: hours_between_sessions_same_user p50": (1.5, 2),
    "shape: events_per_user p20": (2, 2),
    "shape: events_per_user p30": (1.5, 1.5),
    "shape: events_per_user p40": (4 / 3, 4 / 3),
    "shape: events_per_user p50": (1.2, 1.2),
    "shape: events_per_user p60": (8 / 7, 10 / 7),
    "shape: events_per_user p70": (13 / 13, 15 / 13),
    "shape: events_per_user p80": (22 / 26, 25 / 26),
}


@pytest.fixture(scope="module")
def marginals():
    if not REAL_DATA.exists():
        pytest.skip("the published figures are not here")
    database = duckdb.connect()
    database.register("all_lines", simulate(simulation_parameters(events=6_000_000)))
    database.execute("CREATE TABLE lines AS SELECT line FROM all_lines WHERE line IS NOT NULL")
    published = json.loads((REAL_DATA / "published_statistics.json").read_text())
    daily = read_daily_events(REAL_DATA / "daily_events_2019-10_2019-11.csv")
    return compare(database, published, daily)


@pytest.mark.parametrize("group", ["event mix", "nulls", "price", "hour", "day", "funnel", "shape"])
def test_marginals_are_those_of_the_real_events(marginals, group):
    of_group = [marginal for marginal in marginals if marginal.group == group]

    missed = {}
    for row in of_group:
        name = f"{row.group}: {row.name}"
        low, high = KNOWN_TO_DIFFER.get(name, (1 / row.tolerance, row.tolerance))
        if not low - 1e-9 <= row.ratio <= high + 1e-9:
            missed[name] = f"{row.published:.4g} published, {row.simulated:.4g} simulated"
    assert len(of_group) >= 6
    assert missed == {}
