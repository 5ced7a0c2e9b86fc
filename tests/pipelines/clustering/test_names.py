import numpy as np
import pandas as pd
import pytest

from customer_behavior.pipelines.clustering.names import match_segments, name_segments

RULES = {
    "Frequent Buyers": {"purchases_per_visit": 1, "cart_conversion": 1},
    "Cart Abandoners": {"cart_rate": 1, "cart_conversion": -1},
}
CENTROIDS = pd.DataFrame(
    {
        "visits": [0.1, 0.3, -0.2, 0.0],
        "cart_rate": [1.5, 2.5, -0.3, 0.2],
        "cart_conversion": [1.4, -3.0, 0.1, 0.1],
        "purchases_per_visit": [2.7, -0.3, -0.3, 0.1],
    }
)


def test_a_name_is_given_once_to_the_strongest():
    names = name_segments(CENTROIDS, RULES)

    assert names[:2] == ["Frequent Buyers", "Cart Abandoners"]
    # The last is on the buyers' side too, but less so.
    assert names[3] not in RULES


@pytest.mark.parametrize("order", [[3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]])
def test_names_do_not_depend_on_the_order(order):
    names = name_segments(CENTROIDS, RULES)

    shuffled = name_segments(CENTROIDS.iloc[order].reset_index(drop=True), RULES)

    assert shuffled == [names[row] for row in order]


def test_a_segment_that_no_rule_fits_is_named_after_its_strongest_features():
    names = name_segments(CENTROIDS, RULES)

    assert names[2] == "No Carts, Few Purchases"


def test_segments_that_are_alike_in_two_features_are_told_apart_by_a_third():
    alike = pd.DataFrame(
        {
            "visits": [0.5, -0.5],
            "active_minutes_per_visit": [2.0, 2.1],
            "events_per_visit": [1.0, 1.1],
        }
    )

    assert name_segments(alike, {}) == [
        "Long Visits, Busy Visits, Many Visits", "Long Visits, Busy Visits",
    ]  # fmt: skip


def test_a_rule_of_features_that_were_left_out_names_nothing():
    names = name_segments(CENTROIDS[["visits"]], RULES)

    assert not set(names) & set(RULES)


def test_segments_are_matched_so_that_all_together_move_least():
    before = pd.DataFrame({"visits": [0.0, 1.0, 5.0], "cart_rate": [0.0, 0.0, 0.0]})
    # Nearest first would take 1 for 0.9 and leave -0.9 with 5.
    now = pd.DataFrame({"cart_rate": [0.0, 0.0, 0.0], "visits": [5.5, 0.9, -0.9]})

    matched, distances = match_segments(before, now)

    assert matched.tolist() == [2, 1, 0]
    np.testing.assert_allclose(distances, [0.5, 0.1, 0.9])
