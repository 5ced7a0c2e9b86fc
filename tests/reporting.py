"""Tables about customers as the other pipelines leave them, of a few hand-made rows."""

from datetime import date

import pandas as pd

from customer_behavior.pipelines.reporting.customer_360 import build_customer_360
from customer_behavior.pipelines.reporting.customer_360_inputs import check_customer_360_inputs
from customer_behavior.pipelines.reporting.parameters import ReportingParameters

#: Schema of each input, and defaults of the columns that a row does not name.
SCHEMAS = {
    "customer_days": (
        "user_id long, event_date date, views long, carts long, purchases long, revenue double, "
        "main_category string, main_events long, is_suspected_bot boolean",
        {"views": 1, "carts": 0, "purchases": 0, "revenue": 0.0, "main_category": "a.b",
         "main_events": 1, "is_suspected_bot": False},
    ),
    "sessions": ("user_id long, event_month string", {}),
    "customer_segments": ("user_id long, month string, segment string, distance double", {}),
    "propensity_predictions": (
        "user_id long, snapshot_date date, role string, raw_score double, probability double, "
        "decile int, model_source_id string",
        {"snapshot_date": date(2019, 12, 1), "role": "score", "model_source_id": "model"},
    ),
    "spend_predictions": (
        "user_id long, snapshot_date date, role string, expected_spend double, decile int, "
        "model_source_id string",
        {"snapshot_date": date(2019, 12, 1), "role": "score", "decile": 1,
         "model_source_id": "model"},
    ),
    "recommendations": (
        "user_id long, snapshot_date date, rank int, product_id long, category_code string, "
        "source string, model_source_id string",
        {"snapshot_date": date(2019, 12, 1), "source": "rule", "model_source_id": "model"},
    ),
}  # fmt: skip
#: A customer who bought, one who only looked, a program, and one who was not here of late.
BUYER, LOOKER, BOT, GONE = 1, 2, 3, 4
ROWS = {
    "customer_days": [
        {"user_id": BUYER, "event_date": date(2019, 10, 5), "purchases": 1, "revenue": 10.0},
        {"user_id": BUYER, "event_date": date(2019, 11, 20), "purchases": 2, "revenue": 30.0,
         "main_category": "c.d", "main_events": 3},
        {"user_id": BUYER, "event_date": date(2019, 11, 30), "main_category": "unknown",
         "main_events": 9},
        {"user_id": LOOKER, "event_date": date(2019, 11, 25), "main_category": "unknown"},
        {"user_id": BOT, "event_date": date(2019, 11, 26), "is_suspected_bot": True},
        {"user_id": BOT, "event_date": date(2019, 11, 27)},
        {"user_id": GONE, "event_date": date(2019, 10, 1)},
    ],
    "sessions": [
        {"user_id": BUYER, "event_month": "2019-10"}, {"user_id": BUYER, "event_month": "2019-11"},
        {"user_id": BUYER, "event_month": "2019-11"}, {"user_id": LOOKER, "event_month": "2019-11"},
        {"user_id": BOT, "event_month": "2019-11"}, {"user_id": GONE, "event_month": "2019-10"},
    ],
    "customer_segments": [
        {"user_id": BUYER, "month": "2019-10", "segment": "Buyers"},
        {"user_id": BUYER, "month": "2019-11", "segment": "Regulars"},
        {"user_id": LOOKER, "month": "2019-11", "segment": "Lookers"},
        {"user_id": BOT, "month": "2019-11", "segment": "Bots"},
        {"user_id": GONE, "month": "2019-10", "segment": "Lookers"},
    ],
    "propensity_predictions": [
        {"user_id": BUYER, "raw_score": 2.0, "probability": 0.4, "decile": 1},
        {"user_id": LOOKER, "raw_score": 1.0, "probability": 0.1, "decile": 2},
        {"user_id": GONE, "raw_score": 3.0, "probability": 0.9, "decile": 1, "role": "test",
         "snapshot_date": date(2019, 11, 24)},
    ],
    "spend_predictions": [
        {"user_id": BUYER, "expected_spend": 8.0},
        {"user_id": LOOKER, "expected_spend": 9.0},
    ],
    "recommendations": [
        *({"user_id": user, "rank": rank, "product_id": 100 * user + rank, "category_code": "a.b"}
          for user in (BUYER, LOOKER) for rank in (1, 2, 3, 4)),
        {"user_id": None, "rank": 1, "product_id": 7},
    ],
}  # fmt: skip
LEDGER = {"source_id": "current", "total": {"rows_kept": 10}}


def calendar(end="2019-12-01"):
    """The snapshots, of which the last one counts."""
    dates = ["history_start", "snapshot_date", "label_end"]
    snapshots = [("2019-11-17", end, "2019-12-08", "score"),
                 ("2019-11-10", "2019-11-24", "2019-12-01", "test")]  # fmt: skip
    table = pd.DataFrame(snapshots, columns=[*dates, "role"]).assign(data_start="2019-10-01")
    return table.astype(dict.fromkeys([*dates, "data_start"], "datetime64[us]"))


def make_tables(spark, **changes):
    """All inputs by parameter; ``changes`` replaces the rows of some, or leaves them out (None)."""
    tables = {"snapshot_calendar": calendar()}
    for name, rows in (ROWS | changes).items():
        tables[name] = rows if rows is None else _table(spark, name, rows)
    return tables


def _table(spark, name, rows):
    schema, defaults = SCHEMAS[name]
    return spark.createDataFrame([defaults | row for row in rows], schema)


def reporting_parameters(period_days=365, new_days=14, **campaign):
    return ReportingParameters.model_validate(
        {
            "customer_360": {"period_days": period_days, "new_days": new_days},
            "campaign": {"customers": 10, "order_by": "purchase_probability"} | campaign,
        }
    )


def check(tables, ledger=LEDGER, least_days=1):
    return check_customer_360_inputs(ledger, least_days, **tables)


def customer_360(tables, **parameters):
    only_checked = {"snapshot_calendar", "sessions"}
    read = {name: table for name, table in tables.items() if name not in only_checked}
    return build_customer_360(check(tables), reporting_parameters(**parameters), **read)


def statuses(checked):
    return {name: table["status"] for name, table in checked["tables"].items()}
