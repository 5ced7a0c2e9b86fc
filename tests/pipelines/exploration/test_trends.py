import pandas as pd
import pytest

from customer_behavior.pipelines.exploration.trends import OTHERS, measure_trends

DAYS = [f"2019-{month}-{day:02}" for month in (10, 11) for day in range(1, 11)]


def events_by_day(outage_hours=0):
    return pd.DataFrame(
        {
            "event_date": DAYS,
            "event_month": [day[:7] for day in DAYS],
            "observed_hours": 24.0,
            "outage_hours": [0.0] * 10 + [outage_hours] * 10,
        }
    )


def daily(brand, event_type, october, november, price=10.0):
    """The same number of events on each of ten days of both months."""
    counts = [october] * 10 + [november] * 10
    return pd.DataFrame(
        {
            "event_date": DAYS,
            "event_type": event_type,
            "dimension": "brand",
            "item": brand,
            "events": counts,
            "priced_events": counts,
            "amount": [price * count for count in counts],
        }
    )


def groups_of(counts):
    """The same, done by customers who are all alike: a tenth by each of ten groups."""
    months = counts.assign(event_month=counts["event_date"].str[:7])
    keys = ["event_month", "event_type", "dimension", "item"]
    sums = months.groupby(keys, as_index=False)[["events", "amount"]].sum()
    tenth = sums.assign(events=sums["events"] / 10, amount=sums["amount"] / 10)
    return pd.concat([tenth.assign(customer_group=group) for group in range(10)])


@pytest.fixture
def trends_of(parameters):
    def trends(counts, outage_hours=0, **changes):
        limits = parameters(**{"customer_groups": 10} | changes)
        days = events_by_day(outage_hours)
        return measure_trends(counts, groups_of(counts), days, "brand", limits)

    return trends


def trend_of(table, item, measure, month="2019-11"):
    rows = table[(table["item"] == item) & (table["measure"] == measure)]
    return rows.set_index("event_month").loc[month]


def test_a_doubled_rate_is_a_trend_and_its_share_too(trends_of):
    counts = pd.concat([daily("sony", "view", 50, 100), daily("lg", "view", 50, 50)])

    table = trends_of(counts)

    sony = trend_of(table, "sony", "views")
    assert (sony["amount"], sony["per_day"], sony["previous_month"]) == (1000, 100, "2019-10")
    assert sony["share"] == pytest.approx(2 / 3)
    assert sony["change"] == pytest.approx(1.0, abs=0.01)
    assert sony["share_change"] == pytest.approx(1 / 3, abs=0.01)
    assert sony["change_exceeds_noise"]
    assert sony["share_change_exceeds_noise"]
    assert not trend_of(table, "lg", "views")["change_exceeds_noise"]
    assert trend_of(table, "lg", "views")["share_change_exceeds_noise"]


def test_the_first_month_has_no_change(trends_of):
    table = trends_of(daily("sony", "view", 5, 5))

    october = trend_of(table, "sony", "views", "2019-10")
    assert pd.isna(october["change"])
    assert pd.isna(october["previous_month"])
    assert not october["change_exceeds_noise"]


def test_purchases_are_compared_per_time_in_which_they_were_recorded(trends_of):
    counts = pd.concat([daily("sony", "purchase", 20, 10), daily("sony", "view", 20, 10)])

    table = trends_of(counts, outage_hours=12)

    assert trend_of(table, "sony", "purchases")["per_day"] == 20
    assert trend_of(table, "sony", "purchases")["change"] == pytest.approx(0, abs=0.01)
    assert trend_of(table, "sony", "revenue")["change"] == pytest.approx(0, abs=0.01)
    assert trend_of(table, "sony", "views")["change"] == pytest.approx(-0.5, abs=0.01)


def test_the_interval_of_revenue_does_not_depend_on_the_currency(trends_of):
    in_one, in_other = (
        trends_of(daily("sony", "purchase", 8, 12, price)) for price in (1.0, 1000.0)
    )

    columns = ["change_low", "change_high"]
    one, other = (trend_of(table, "sony", "revenue")[columns] for table in (in_one, in_other))
    assert one.tolist() == pytest.approx(other.tolist())


def test_changes_of_few_events_are_withheld(trends_of):
    counts = daily("sony", "view", 1, 2)  # 30 events

    def change(min_events):
        table = trends_of(counts, min_events=min_events)
        return trend_of(table, "sony", "views")["change"]

    assert change(30) > 0
    assert pd.isna(change(31))


def test_all_but_the_most_viewed_are_summed_up(trends_of):
    brands = [daily(name, "view", n, n) for name, n in (("a", 9), ("b", 1), ("c", 8), ("d", 2))]

    table = trends_of(pd.concat(brands), most_items=2)

    assert sorted(set(table["item"])) == ["a", OTHERS, "c"]
    assert trend_of(table, OTHERS, "views")["amount"] == 30
