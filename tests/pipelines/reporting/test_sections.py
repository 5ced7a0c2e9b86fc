import pandas as pd
import pytest

from customer_behavior.pipelines.reporting.sections.association import report_rules
from customer_behavior.pipelines.reporting.sections.customers import report_customers
from customer_behavior.pipelines.reporting.sections.data import report_data
from customer_behavior.pipelines.reporting.sections.revenue import report_revenue_forecast
from customer_behavior.pipelines.reporting.sections.segments import report_segments
from customer_behavior.pipelines.reporting.sections.shop import report_trends, report_visits
from customer_behavior.pipelines.reporting.wording import NOTHING
from report_results import (
    CURRENT,
    EARLIER,
    LEDGER,
    NO_ROWS,
    make_evaluation,
    make_ledger,
    summary,
)

SPACE = "\N{NO-BREAK SPACE}"
SUMS = {"customers": 9478, "buyers": 1116, "expected_purchases": 235.2}
AMOUNTS = {"expected_spend": 88152.4, "monetary_value": 961615.52}


def block(section, caption):
    return next(each for each in section["blocks"] if each.get("caption", "").startswith(caption))


def captions(section):
    return [each["caption"] for each in section["blocks"] if each["kind"] == "table"]


def customers_of(source_id, **replaced):
    return {
        "source_id": source_id,
        "status": "ok",
        "snapshot_date": "2019-12-01",
        "segment_month": "2019-11",
        "tables": {"customer_segments": {"status": "ok"}},
        "model_source_ids": {"propensity": source_id},
        "new_customers": 1060,
        "suspected_bots": 3,
        **SUMS,
        **AMOUNTS,
        "by_segment": [{"segment": "Bots", **SUMS, **AMOUNTS}],
        "by_decile": [],
        "recommendations_by_source": [],
    } | replaced


def test_an_outage_says_when_and_what_went_on():
    outage = {
        "start": "2019-11-14 17:16:00",
        "end": "2019-11-16 08:34:46",
        "views": 15628,
        "carts": 718,
        "expected_purchases": 259.9,
    }

    section = report_data(LEDGER, NO_ROWS | {"purchase_outages": [outage]})

    assert block(section, "Times without")["rows"] == [
        ["2019-11-14 17:16:00", "2019-11-16 08:34:46", "15,628", "718", "260"]
    ]


def test_of_no_lines_the_ledger_adds_up_to_nothing():
    section = report_data(make_ledger(), NO_ROWS)

    lines = block(section, "Lines by file")
    assert (lines["rows"], lines["total"]) == ([], ["Total", "", "0", "0", "0", "0"])


def test_changes_that_may_be_noise_are_not_listed():
    changes = pd.DataFrame(
        {
            "item": ["sony", "lego", "old"],
            "measure": "views",
            "event_month": ["2019-11", "2019-11", "2019-10"],
            "amount": [500.0, 100.0, 10.0],
            "share": [0.5, 0.1, 0.1],
            "share_change": [0.2, 0.9, 0.9],
            "share_change_low": [0.1, -0.1, 0.8],
            "share_change_high": [0.3, 2.0, 1.0],
            "share_change_exceeds_noise": [True, False, True],
        }
    )
    months = pd.DataFrame(
        columns=["event_month", "event_type", "events", "share", "amount", "mean_price"]
    )
    explored = {"source_id": CURRENT, "status": "ok"}

    section = report_trends(LEDGER, explored, months, changes, changes)

    assert block(section, "Brands")["rows"] == [
        ["sony", "500", f"50.0{SPACE}%", f"20{SPACE}% [10{SPACE}%, 30{SPACE}%]"]
    ]


@pytest.mark.parametrize(
    ("first_day", "trained_on", "customers", "is_shown"),
    [
        ("2019-12-01", CURRENT, CURRENT, True),
        ("2019-11-01", CURRENT, CURRENT, False),
        ("2019-12-01", EARLIER, CURRENT, False),
        ("2019-12-01", CURRENT, EARLIER, False),
    ],
)
def test_the_forecast_is_that_of_the_current_model_from_the_end_of_the_data(
    first_day, trained_on, customers, is_shown
):
    day = {"event_date": first_day, "model_source_id": trained_on}
    expected = {"expected_revenue": 16663.3, "low": 9000.0, "high": 24000.0}
    measured = {"mase": summary(1.05, 0.96, 1.1)}
    evaluation = {
        "source_id": CURRENT,
        "model_source_id": CURRENT,
        "status": "ok",
        "rows": {"test": 1320},
        "period": {"test": ["2019-11-14", "2019-11-30"]},
        "champion": "drift",
        "best_baseline": "drift",
        "candidates": {"drift": measured},
        "metrics": measured,
        "baselines": {"drift": measured},
        "total": {"metrics": measured, "baselines": {"drift": measured}},
    }

    section = report_revenue_forecast(
        LEDGER,
        NO_ROWS | {"revenue_forecast": [day | expected]},
        customers_of(customers),
        evaluation,
    )

    forecasts = [each for each in section["blocks"] if each.get("dataset") == "revenue_forecast"]
    rows = [row for each in forecasts for row in each["rows"]]
    assert rows == ([[first_day, "16,663 [9,000, 24,000]"]] if is_shown else [])


def test_a_rule_has_its_lift_with_an_interval_and_whether_it_was_seen_again():
    rule = {
        "antecedent": "computers.mouse",
        "consequent": "apparel.belt",
        "baskets": 5,
        "confidence": 0.294,
        "lift": 14.1,
        "lift_low": 6.01,
        "lift_high": 25.9,
        "replicates": None,
        "model_source_id": CURRENT,
    }
    learnt_elsewhere = rule | {"model_source_id": EARLIER, "consequent": "kids.toys"}
    rate = {"replication_rate": summary(None, None, None) | {"rules": 0}}
    evaluation = {
        "source_id": CURRENT,
        "status": "ok",
        "rows": {"fit": {"baskets": 721, "of_one_item": 485}},
        "rules": {"measured": 71, "sure": 14, "across_categories": 14},
        "metrics": rate,
        "baselines": {"other_rules": rate},
    }

    section = report_rules(
        LEDGER, NO_ROWS | {"category_rules": [rule, learnt_elsewhere]}, rule_evaluation=evaluation
    )

    assert block(section, "Rules across")["rows"] == [
        ["computers.mouse → apparel.belt", "5", f"29.4{SPACE}%", "14.1 [6.01, 25.9]", NOTHING]
    ]


def segments_on(source_id, tables_status):
    evaluation = {
        "source_id": source_id,
        "status": "ok",
        "rows": {"2019-11": 7740},
        "period": ["2019-10", "2019-11"],
        "champion": 5,
        "features": ["visits"],
        "candidates": [],
    }
    profiles = pd.DataFrame(
        {
            "month": ["2019-10", "2019-11"],
            "segment": "Window Shoppers",
            "customers": [1141, 1275],
            "customer_share": [0.19, 0.165],
            "revenue": [9000.0, 6618.0],
            "revenue_share": [0.02, 0.011],
            "description": ["before", "They look for long and hardly buy."],
        }
    )
    tables = {"customer_segments": {"status": tables_status}}
    customers = customers_of(CURRENT, tables=tables, model_source_ids={"propensity": source_id})
    return report_segments(LEDGER, customers, evaluation, profiles)


def test_segments_of_the_newest_month_have_their_sentence():
    section = segments_on(CURRENT, "ok")

    assert block(section, "Segments of 2019-11")["rows"] == [
        ["Window Shoppers", "1,275", f"16.5{SPACE}%", "6,618", f"1.1{SPACE}%",
         "They look for long and hardly buy."]
    ]  # fmt: skip


def test_segments_of_an_earlier_model_are_shown_only_for_the_current_customers():
    assert segments_on(EARLIER, "ok")["note"].startswith("Evaluated on an earlier input")
    assert segments_on(EARLIER, "another_input")["blocks"] == []


@pytest.mark.parametrize(
    "report",
    [
        lambda: report_trends(LEDGER, {"source_id": CURRENT, "status": "ok"}),
        lambda: report_visits(LEDGER, {"source_id": CURRENT, "status": "ok"}),
        lambda: report_segments(LEDGER, None, {"source_id": CURRENT, "status": "ok"}),
    ],
    ids=["trends", "visits", "segments"],
)
def test_a_pipeline_that_ended_before_it_made_its_tables_is_to_be_run(report):
    section = report()

    assert section["note"].endswith("has not been run yet.")
    assert section["blocks"] == []


def test_the_customer_table_is_shown_in_sums():
    section = report_customers(LEDGER, customers_of(CURRENT))

    assert block(section, "Customers by segment")["rows"] == [
        ["Bots", "9,478", "1,116", "235", "88,152", "961,616"]
    ]


def test_a_customer_table_without_segments_has_no_table_of_them():
    section = report_customers(LEDGER, customers_of(CURRENT, by_segment=[]))

    assert captions(section) == []


def test_sums_of_customers_say_how_far_off_such_sums_were():
    section = report_customers(
        LEDGER,
        customers_of(CURRENT),
        make_evaluation(metrics={"total_ratio": summary(1.44, 1.28, 1.64)}),
    )

    told = [each["pairs"] for each in section["blocks"] if each["kind"] == "facts"][1]
    assert told == [
        [
            "Expected buyers",
            "expected 1.44 [1.28, 1.64] times the buyers, in the test from 2019-11-24 on",
        ]
    ]


def test_the_same_days_are_asked_of_customers_and_of_the_shop():
    measured = {"mase": summary(1.05, 0.96, 1.1)}
    evaluation = make_evaluation(
        champion="drift", best_baseline="drift", metrics=measured, candidates={},
        baselines={"drift": measured}, total={"metrics": measured, "baselines": {}},
        same_week={
            "snapshot_date": "2019-11-24",
            "customers": {"expected": 103850.4, "recorded": 104890.5},
            "shop": {"days": 7, "expected": 131849.3, "recorded": 116643.2},
        },
    )  # fmt: skip

    section = report_revenue_forecast(LEDGER, NO_ROWS, None, evaluation)

    assert block(section, "The same days, from 2019-11-24 on")["rows"] == [
        ["Customers seen in the days before", "103,850", "104,890"],
        ["The whole shop", "131,849", "116,643"],
    ]
