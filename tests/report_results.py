"""Hand-made results that a report is rendered from."""

from classification import small_parameters
from customer_behavior.pipelines.reporting.report import render_report
from customer_behavior.pipelines.reporting.sections.customers import report_customers
from customer_behavior.pipelines.reporting.sections.data import report_data
from customer_behavior.pipelines.reporting.sections.purchases import report_purchases
from features import feature_parameters

CURRENT, EARLIER = "c" * 64, "e" * 64


def summary(value, low, high):
    return {"value": value, "low": low, "high": high}


def entry(file, month, kept, refused=None, duplicate=None):
    """An entry of the ledger, whose lines add up."""
    refused, duplicate = refused or {}, duplicate or {}
    return {
        "source_file": file,
        "event_month": month,
        "rows_read": kept + sum(refused.values()) + sum(duplicate.values()),
        "rows_kept": kept,
        "rows_quarantined": refused,
        "rows_duplicate": duplicate,
    }


def make_ledger(*entries):
    """A ledger of the current input."""
    parts = ("rows_quarantined", "rows_duplicate")
    total = {name: sum(each[name] for each in entries) for name in ("rows_read", "rows_kept")}
    for part in parts:
        names = sorted({name for each in entries for name in each[part]})
        total[part] = {name: sum(each[part].get(name, 0) for each in entries) for name in names}
    revenue = {
        "revenue_read": 13.0,
        "revenue_kept": 10.0,
        "revenue_quarantined": 1.0,
        "revenue_duplicate": 2.0,
        "unpriced": 0,
    }
    return {"source_id": CURRENT, "total": total | revenue, "entries": list(entries)}


LEDGER = make_ledger(
    entry("2019-Oct.csv", "2019-10", 6, {"bad_price": 1}),
    entry("2019-Nov.csv", "2019-11", 10, duplicate={"cart": 2, "view": 1}),
)
NO_ROWS = {"purchase_outages": [], "revenue_forecast": [], "category_rules": []}


def make_evaluation(**replaced):
    """An evaluation of customer_propensity on the current input."""
    measured = {"pr_auc": summary(0.3, 0.25, 0.35), "log_loss": summary(0.1, 0.09, 0.11)}
    baseline = {"pr_auc": summary(0.1, 0.05, 0.15), "log_loss": summary(0.2, 0.19, 0.21)}
    return {
        "source_id": CURRENT,
        "model_source_id": CURRENT,
        "status": "ok",
        "rows": {"train": 11415, "test": 5951},
        "period": {
            "train": ["2019-10-20", "2019-11-03"],
            "test": ["2019-11-24", "2019-11-24"],
        },
        "base_rates": {"train": 0.04, "test": 0.03},
        "champion": "random_forest",
        "best_baseline": "past_purchases",
        "metrics": measured,
        "baselines": {"past_purchases": baseline},
        "candidates": {
            "past_purchases": baseline | {"pr_auc_above_baseline": summary(0, 0, 0)},
            "random_forest": measured | {"pr_auc_above_baseline": summary(0.2, 0.12, 0.28)},
        },
    } | replaced


def report_propensity(**results):
    """The section of customer_propensity."""
    return report_purchases(small_parameters(), feature_parameters(), LEDGER, **results)


def predictions_of(source_id):
    """What the customer table says of the models behind the predictions."""
    return {
        "source_id": CURRENT,
        "model_source_ids": {"propensity": source_id, "spend": None},
    }


def render(*sections, ledger=LEDGER, headlines=None):
    """A page of some sections; without any, of those that need the ledger alone."""
    sections = sections or (report_data(ledger, NO_ROWS), report_customers(ledger))
    return render_report(ledger, headlines, *sections)
