from customer_behavior.pipelines.exploration.event_counts import (
    count_events,
    count_events_of_groups,
)


def counts_of(table, dimension):
    rows = table[table["dimension"] == dimension]
    return rows.drop(columns="dimension").to_numpy().tolist()


def test_each_dimension_counts_each_event_once(make_events):
    events = make_events(
        (1, "a", "2019-10-01 00:00:00", "view", "electronics.audio.radio", "sony", 5.0),
        (1, "a", "2019-10-01 00:59:59", "view", "electronics.clocks", "sony", 7.0),
        (1, "a", "2019-10-01 23:00:00", "purchase", "electronics.clocks", None, 7.0),
        (2, "b", "2019-10-02 00:00:00", "view", None, "sony", None),
    )

    table = count_events(events)

    # day, event type, item, events, events with a price, sum of prices
    assert counts_of(table, "hour") == [
        ["2019-10-01", "purchase", "23", 1, 1, 7.0],
        ["2019-10-01", "view", "0", 2, 2, 12.0],
        ["2019-10-02", "view", "0", 1, 0, 0.0],
    ]
    assert counts_of(table, "category_l1") == [
        ["2019-10-01", "purchase", "electronics", 1, 1, 7.0],
        ["2019-10-01", "view", "electronics", 2, 2, 12.0],
        ["2019-10-02", "view", "unknown", 1, 0, 0.0],
    ]
    assert counts_of(table, "category_l2") == [
        ["2019-10-01", "purchase", "electronics.clocks", 1, 1, 7.0],
        ["2019-10-01", "view", "electronics.audio", 1, 1, 5.0],
        ["2019-10-01", "view", "electronics.clocks", 1, 1, 7.0],
        ["2019-10-02", "view", "unknown", 1, 0, 0.0],
    ]
    assert counts_of(table, "brand") == [
        ["2019-10-01", "purchase", "unknown", 1, 1, 7.0],
        ["2019-10-01", "view", "sony", 2, 2, 12.0],
        ["2019-10-02", "view", "sony", 1, 0, 0.0],
    ]


def test_all_events_of_a_customer_in_a_month_are_in_one_group(make_events, parameters):
    rows = [
        (user, "a", f"2019-{month}-01 0{hour}:00:00", "view", "kids.toys", "lego", 1.0)
        for user in range(100)
        for month in (10, 11)
        for hour in range(3)
    ]

    table = count_events_of_groups(make_events(*rows), parameters(customer_groups=5))

    brands = table[table["dimension"] == "brand"].pivot(
        index="customer_group", columns="event_month", values="events"
    )
    assert brands.index.tolist() == [0, 1, 2, 3, 4]
    assert (brands % 3 == 0).all(axis=None)
    assert (brands["2019-10"] == brands["2019-11"]).all()
    assert brands["2019-10"].sum() == 300
