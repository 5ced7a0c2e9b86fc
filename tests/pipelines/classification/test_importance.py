import pytest


@pytest.fixture(scope="module")
def importance(classified):
    return classified.feature_importance.set_index("feature")


def test_what_the_label_was_drawn_from_comes_first(importance):
    assert set(importance.index[:3]) == {"visits", "brand", "days_away"}
    assert (importance["low"][:3] > 0).all()
    assert importance["importance"].is_monotonic_decreasing


def test_noise_has_an_interval_around_zero(importance):
    assert importance["low"]["usual_hour"] < 0 < importance["high"]["usual_hour"]
    assert importance["importance"]["usual_hour"] == pytest.approx(0, abs=0.02)


def test_the_direction_says_which_values_go_with_purchases(importance):
    assert importance["direction"]["visits"] == "more"
    assert importance["direction"]["days_away"] == "less"
    assert importance["direction"]["brand"] is None


def test_a_column_alone_stands_beside_it(importance, classified):
    alone = classified.single_features.set_index("feature")["roc_auc"]

    assert importance["roc_auc_alone"].to_dict() == alone.to_dict()
