import pandas as pd

from customer_behavior.pipelines.exploration.funnel import measure_funnel
from customer_behavior.pipelines.exploration.session_counts import PATHS


def counts(*rows, is_observable=True, is_suspected_bot=False):
    table = pd.DataFrame(rows, columns=["dimension", "item", "path", "sessions"])
    return table.assign(
        event_month="2019-10", is_observable=is_observable, is_suspected_bot=is_suspected_bot
    )


def test_the_shares_of_the_paths_add_up_to_all_visits_that_can_be_judged(parameters):
    visits = counts(("all", "all", "view_only", 90), ("all", "all", "view_buy", 10))
    in_outage = counts(("all", "all", "view_only", 500), is_observable=False)
    bots = counts(("all", "all", "view_only", 500), is_suspected_bot=True)

    table = measure_funnel(pd.concat([visits, in_outage, bots]), parameters())

    assert table["path"].tolist() == list(PATHS)
    shares = table.set_index("path")["share"]
    assert shares[shares > 0].to_dict() == {"view_buy": 0.1, "view_only": 0.9}
    assert set(table["of"]) == {100}


def test_hours_of_the_week_are_summed_to_hours_of_the_day_and_weeks_left_out(parameters):
    visits = counts(
        ("week_hour", "1 9", "view_buy", 1),
        ("week_hour", "7 9", "view_buy", 2),
        ("week", "2019-09-30", "view_buy", 3),
    )

    table = measure_funnel(visits, parameters())

    row = table[table["path"] == "view_buy"]
    assert row[["dimension", "item", "sessions"]].to_numpy().tolist() == [["hour", "9", 3]]


def test_rows_of_few_visits_are_withheld(parameters):
    visits = counts(
        ("main_brand", "lego", "view_only", 9),
        ("main_brand", "lego", "view_buy", 1),
        ("main_brand", "sony", "view_only", 9),
    )

    table = measure_funnel(visits, parameters(min_sessions=10))

    assert set(table["item"]) == {"lego"}


def test_the_most_visited_brands_are_shown(parameters):
    visits = counts(
        ("main_brand", "a", "view_only", 5),
        ("main_brand", "b", "view_only", 9),
        ("main_brand", "c", "view_only", 7),
    )

    table = measure_funnel(visits, parameters(most_items=2))

    assert sorted(set(table["item"])) == ["b", "c"]
