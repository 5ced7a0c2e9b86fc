from datetime import date

import pytest

from customer_behavior.pipelines.reporting.campaign import choose_campaign_customers
from customer_behavior.pipelines.reporting.customer_360_summary import summarise_customer_360
from reporting import (
    BOT,
    BUYER,
    GONE,
    LOOKER,
    ROWS,
    check,
    customer_360,
    make_tables,
    reporting_parameters,
)


@pytest.fixture(scope="module")
def tables(spark):
    return make_tables(spark)


@pytest.fixture(scope="module")
def customers(tables):
    return customer_360(tables).localCheckpoint()


@pytest.fixture(scope="module")
def by_customer(customers):
    return {row.user_id: row for row in customers.collect()}


def test_every_customer_with_an_event_has_one_row(customers, by_customer):
    assert set(by_customer) == {BUYER, LOOKER, BOT, GONE}
    assert customers.count() == 4
    assert {(row.snapshot_date, row.source_id) for row in by_customer.values()} == {
        (date(2019, 12, 1), "current")
    }


def test_customers_without_an_event_in_the_period_are_left_out(tables):
    found = customer_360(tables, period_days=30).collect()

    assert {row.user_id for row in found} == {BUYER, LOOKER, BOT}
    assert {row.monetary_value for row in found if row.user_id == BUYER} == {30.0}


def test_recency_and_frequency_are_of_purchases_and_monetary_value_is_revenue(by_customer):
    buyer, looker = by_customer[BUYER], by_customer[LOOKER]

    assert (buyer.recency_days, buyer.frequency, buyer.monetary_value) == (11, 2, 40.0)
    assert (looker.recency_days, looker.frequency, looker.monetary_value) == (None, 0, 0.0)
    assert (buyer.days_since_last_visit, looker.days_since_last_visit) == (1, 6)


def test_the_favourite_category_is_a_known_one(by_customer):
    assert by_customer[BUYER].favourite_category == "c.d"
    assert by_customer[LOOKER].favourite_category is None


def test_segments_are_those_of_the_last_month_and_of_the_one_before(by_customer):
    found = {user: (row.segment, row.previous_segment) for user, row in by_customer.items()}

    assert found == {
        BUYER: ("Regulars", "Buyers"),
        LOOKER: ("Lookers", None),
        BOT: ("Bots", None),
        GONE: (None, "Lookers"),
    }
    assert {row.segment_month for row in by_customer.values()} == {"2019-11"}


def test_predictions_are_those_of_the_last_snapshot(by_customer):
    buyer, looker, gone = (by_customer[user] for user in (BUYER, LOOKER, GONE))

    assert (buyer.purchase_probability, buyer.purchase_decile, buyer.purchase_rank) == (0.4, 1, 1)
    assert (looker.purchase_probability, looker.purchase_rank) == (0.1, 2)
    assert gone.purchase_probability is None
    assert (buyer.expected_spend, buyer.spend_decile, gone.expected_spend) == (8.0, 1, None)
    assert buyer.propensity_model_source_id == buyer.spend_model_source_id == "model"


def test_the_first_three_recommendations_stand_side_by_side(by_customer):
    buyer = by_customer[BUYER]

    assert [buyer[f"recommended_product_{n}"] for n in (1, 2, 3)] == [101, 102, 103]
    assert (buyer.recommended_category_1, buyer.recommended_by_1) == ("a.b", "rule")
    assert by_customer[GONE].recommended_product_1 is None


def test_a_program_is_flagged_and_whoever_was_first_seen_of_late_is_new(by_customer):
    assert [user for user, row in by_customer.items() if row.is_suspected_bot] == [BOT]
    assert {user for user, row in by_customer.items() if row.is_new} == {LOOKER, BOT}


def test_nobody_is_called_new_where_the_data_do_not_reach_back(tables):
    found = customer_360(tables, new_days=61).collect()

    assert {row.is_new for row in found} == {None}


@pytest.mark.parametrize("missing", [None, []])
def test_without_results_the_columns_are_there_and_empty(spark, customers, missing):
    names = ("customer_segments", "propensity_predictions", "spend_predictions", "recommendations")

    found = customer_360(make_tables(spark, **dict.fromkeys(names, missing)))

    assert found.dtypes == customers.dtypes
    rows = found.collect()
    assert {row.user_id for row in rows} == {BUYER, LOOKER, BOT, GONE}
    unknown = ("segment", "purchase_probability", "expected_spend", "recommended_product_1")
    assert {row[name] for row in rows for name in unknown} == {None}


def test_a_table_of_another_input_is_not_used(spark):
    stranger = {"user_id": 99, "expected_spend": 1.0}

    found = customer_360(
        make_tables(spark, spend_predictions=[*ROWS["spend_predictions"], stranger])
    ).collect()

    assert {row.expected_spend for row in found} == {None}
    assert {row.purchase_probability for row in found} == {0.4, 0.1, None}


def test_without_days_there_are_no_customers(tables, customers):
    found = customer_360(dict.fromkeys(tables))

    assert found.dtypes == customers.dtypes
    assert found.isEmpty()


def test_a_campaign_is_for_the_first_customers_who_are_no_program(customers):
    first = choose_campaign_customers(customers, reporting_parameters())
    by_spend = choose_campaign_customers(
        customers, reporting_parameters(customers=1, order_by="expected_spend")
    )

    assert first["user_id"].tolist() == [BUYER, LOOKER]
    assert first["place"].tolist() == [1, 2]
    assert first["recommended_product_1"].tolist() == [101, 201]
    assert by_spend["user_id"].tolist() == [LOOKER]


def test_a_campaign_without_predictions_has_nobody_but_columns(tables, customers):
    found = choose_campaign_customers(customer_360(dict.fromkeys(tables)), reporting_parameters())

    assert found.empty
    assert list(found) == list(choose_campaign_customers(customers, reporting_parameters()))


def test_the_summary_adds_up(tables, customers):
    summary = summarise_customer_360(customers, check(tables))

    assert summary["status"] == "ok"
    assert (summary["customers"], summary["buyers"], summary["scored_customers"]) == (4, 1, 2)
    assert summary["expected_purchases"] == pytest.approx(0.5)
    assert (summary["expected_spend"], summary["monetary_value"]) == (17.0, 40.0)
    assert (summary["suspected_bots"], summary["new_customers"]) == (1, 2)
    by_segment = {row["segment"]: row["expected_spend"] for row in summary["by_segment"]}
    assert by_segment == {"Regulars": 8.0, "Lookers": 9.0, "Bots": 0.0, "Not Here": 0.0}
    assert [(row["purchase_decile"], row["customers"]) for row in summary["by_decile"]] == [
        (1, 1),
        (2, 1),
    ]
    assert summary["recommendations_by_source"] == [
        {"source": "rule", "recommendations": 6, "share": 1.0}
    ]
    assert summary["model_source_ids"] == dict.fromkeys(
        ["propensity", "spend", "recommendations"], "model"
    )


def test_the_summary_says_what_is_missing(spark):
    tables = make_tables(spark, customer_segments=None)

    summary = summarise_customer_360(customer_360(tables), check(tables))

    assert summary["status"] == "incomplete"
    assert summary["reason"].startswith("customer_segments: clustering has not been run")
    assert summary["by_segment"] == []


def test_the_summary_of_nobody_is_one(tables):
    nothing = dict.fromkeys(tables)

    summary = summarise_customer_360(customer_360(nothing), check(nothing))

    assert (summary["status"], summary["customers"], summary["by_decile"]) == ("not_run", 0, [])
