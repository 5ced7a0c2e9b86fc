import numpy as np
import pandas as pd
import pytest

from clustering import Segments, as_customer_months, clustering_parameters, draw_customer_months
from customer_behavior.pipelines.clustering.next_month import measure_next_month
from customer_behavior.pipelines.clustering.profiles import count_migration

SEGMENTS = "user_id long, month string, segment string, distance double"


@pytest.fixture(scope="module")
def table():
    return draw_customer_months()


@pytest.fixture(scope="module")
def segments(spark, table):
    return Segments(as_customer_months(spark, table))


def test_all_customers_and_all_revenue_are_in_a_segment(segments, table):
    profiles = segments.segment_profiles

    of_table = table.groupby("month")
    by_month = profiles.groupby("month")
    assert by_month["customers"].sum().tolist() == of_table.size().tolist()
    assert by_month["revenue"].sum().tolist() == pytest.approx(of_table["revenue"].sum().tolist())
    assert by_month["customer_share"].sum().tolist() == pytest.approx([1, 1])
    assert by_month["revenue_share"].sum().tolist() == pytest.approx([1, 1])


def test_a_profile_says_what_is_typical(segments, table):
    profiles = segments.segment_profiles.set_index(["month", "segment"])
    shoppers = profiles.loc["2019-10", "Window Shoppers"]
    of_them = table[(table["behaviour"] == "window shopper") & (table["month"] == "2019-10")]

    assert shoppers["visits_median"] == pytest.approx(of_them["visits"].median(), abs=0.5)
    assert shoppers["typical_hour"] == pytest.approx(18)
    assert shoppers["typical_category"] == "electronics.smartphone"


def test_a_sentence_says_what_sets_a_segment_apart(segments):
    profiles = segments.segment_profiles.set_index(["month", "segment"]).loc["2019-10"]
    told = profiles["description"].str.replace("\N{NO-BREAK SPACE}", " ")

    share = f"{100 * profiles.loc['Window Shoppers', 'customer_share']:.1f} % of the customers"
    assert told["Window Shoppers"].startswith(share)
    assert "a purchase in" in told["Frequent Buyers"]
    assert "active minutes a visit (all customers: " in told["Window Shoppers"]
    assert told.nunique() == len(told)
    assert told["One-Time Visitors"].endswith("seen with a single event.")


def test_migration_counts_who_comes_goes_and_changes(spark):
    rows = spark.createDataFrame(
        [
            (1, "2019-10", "A", 1.0),
            (2, "2019-10", "A", 1.0),
            (3, "2019-10", "A", 1.0),
            (4, "2019-10", "B", 1.0),
            (1, "2019-11", "A", 1.0),
            (2, "2019-11", "B", 1.0),
            (5, "2019-11", "B", 1.0),
        ],
        SEGMENTS,
    )

    found = count_migration(rows)

    assert set(found["month"]) == {"2019-10"}
    assert set(found["next_month"]) == {"2019-11"}
    counts = found.set_index(["segment", "next_segment"])["customers"].to_dict()
    assert counts == {
        ("A", "A"): 1, ("A", "B"): 1, ("A", "Not Here"): 1, ("B", "Not Here"): 1,
        ("Not Here", "B"): 1,
    }  # fmt: skip
    rates = found.set_index(["segment", "next_segment"])["rate"]
    assert rates["A"].tolist() == pytest.approx([1 / 3] * 3)
    assert np.isnan(rates["Not Here", "B"])


def test_a_single_month_has_no_migration(spark):
    one = spark.createDataFrame([(1, "2019-10", "A", 1.0)], SEGMENTS)

    assert count_migration(one).empty
    assert "rate" in count_migration(one)


def test_segments_say_what_comes_next_where_behaviour_stays(segments):
    found = segments.segment_evaluation["next_month"]

    assert found["months"] == ["2019-10", "2019-11"]
    for what in ("conversion", "spend"):
        assert found[what]["segment_below"]["nothing"]["low"] > 0
        deviance = found[what]["deviance"]
        assert deviance["segment"]["value"] < deviance["nothing"]["value"]


def test_they_say_nothing_where_next_month_is_drawn_anew(spark, table):
    random = np.random.default_rng(6)
    later = table["month"] == "2019-11"
    shuffled = table.copy()
    shuffled.loc[later, "user_id"] = random.permutation(shuffled.loc[later, "user_id"])
    segments = Segments(as_customer_months(spark, shuffled))

    found = segments.segment_evaluation["next_month"]

    assert found["conversion"]["segment_below"]["nothing"]["low"] < 0.005


def test_deviances_are_those_of_the_formula(spark):
    # All of one segment and one customer a group: each is expected to do what the others did.
    spend = [0.0, 0.0, 30.0, 10.0]
    months = pd.DataFrame({"user_id": range(4)}).assign(
        visits=1, views=2, carts=0, purchases=0, active_seconds=1, revenue=0.0, cart_visits=0,
        purchase_visits=0, intent_visits=0, products=1, repeat_products=0, active_days=1,
        recency_days=0, hour_sin=0.0, hour_cos=1.0, main_category="a", is_suspected_bot=False,
    )  # fmt: skip
    both = pd.concat(
        [
            months.assign(month="2019-10"),
            months.assign(month="2019-11", revenue=spend, purchases=[0, 0, 1, 1]),
        ]
    )
    rows = [(user, month, "A", 1.0) for user in range(4) for month in ("2019-10", "2019-11")]
    settings = clustering_parameters(customer_groups=200, replicates=2)

    found = measure_next_month(
        spark.createDataFrame(rows, SEGMENTS),
        as_customer_months(spark, both),
        ["2019-10", "2019-11"],
        settings,
    )

    assert found["customers"] == 4
    values = found["conversion"]["deviance"]
    # No kind of group can tell these four apart.
    assert values["segment"] == values["nothing"] == values["rfm"] == values["conversion"]


def test_the_figures_show_segments_and_months(segments):
    names = set(segments.segment_selection["months"][-1]["segments"])

    number = segments.segment_number_figure
    assert {trace.name for trace in number.data} == {
        "how well they are apart (silhouette)",
        "found again in both halves (adjusted Rand index)",
        "share of the smallest",
    }
    assert list(number.data[0].x) == [3, 4, 5]
    assert set(segments.segment_centroids_figure.data[0].y) == names
    assert {bar.name for bar in segments.segment_sizes_figure.data} == {"2019-10", "2019-11"}
    assert names < set(segments.segment_migration_figure.data[0].y)
    assert {trace.name for trace in segments.segment_customers_figure.data} == names
