"""The numbers that a manager asks for first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.pipelines.reporting import wording
from customer_behavior.pipelines.reporting.customer_360_inputs import DAYS, OK
from customer_behavior.pipelines.reporting.states import model_source_ids

EARLIER = "evaluated on an earlier input"

Result = dict[str, Any] | None


@dataclass(frozen=True)
class _Measure:
    """A measure of a task, and what it says; of ``part`` of the evaluation, where there is one."""

    dataset: str
    label: str
    metric: str
    part: str | None = None


_MEASURES = (
    _Measure("customer_propensity.evaluation", "Which customers will buy: PR-AUC", "pr_auc"),
    _Measure(
        "customer_propensity.evaluation",
        "Buyers among the likeliest tenth of customers, times the average",
        "lift_at_10_percent",
    ),
    _Measure("session_intent.evaluation", "Which visits end in a purchase: PR-AUC", "pr_auc"),
    _Measure(
        "customer_spend_evaluation", "Which customers will spend: normalised Gini",
        "normalised_gini",
    ),
    _Measure(
        "revenue_forecast_evaluation", "Error of the forecast, as a share of revenue: WAPE", "wape",
        "total",
    ),
    _Measure("recommendation_evaluation", "Recommendations that are bought: NDCG@10", "ndcg_at_10"),
)  # fmt: skip


def choose_headlines(
    ingestion_ledger: dict[str, Any],
    customer_360_summary: dict[str, Any],
    exploration_summary: Result = None,
    propensity_evaluation: Result = None,
    intent_evaluation: Result = None,
    spend_evaluation: Result = None,
    forecast_evaluation: Result = None,
    revenue_forecast: DataFrame | None = None,
    recommendation_evaluation: Result = None,
    rule_evaluation: Result = None,
    segment_evaluation: Result = None,
) -> dict[str, Any]:
    """Choose the numbers that say most, each with its interval and with what it has to beat.

    What comes from another input, or of too few data, is left out. Evaluations of the models that
    predicted are shown where they learnt from an earlier input, and the label says so.

    Args:
        ingestion_ledger: Has the ``source_id``.
        customer_360_summary: Has the ``model_source_ids`` of the predictions.
        exploration_summary: From ``summarise_exploration``.
        propensity_evaluation: Of customer_propensity.
        intent_evaluation: Of session_intent.
        spend_evaluation: From ``evaluate_customer_spend``.
        forecast_evaluation: From ``evaluate_forecast``.
        revenue_forecast: One row per (category_l1 or ``total``, event_date).
        recommendation_evaluation: From ``evaluate_recommendations``.
        rule_evaluation: From ``evaluate_rules``.
        segment_evaluation: From ``evaluate_segments``.

    Returns:
        ``source_id``, and ``headlines``: ``label``, ``text`` (to be printed), ``value``, ``low``,
        ``high``, ``baseline`` and the ``dataset`` that they come from.
    """
    current = ingestion_ledger["source_id"]
    models = model_source_ids(customer_360_summary)
    evaluations = {
        "customer_propensity.evaluation": propensity_evaluation,
        "session_intent.evaluation": intent_evaluation,
        "customer_spend_evaluation": spend_evaluation,
        "revenue_forecast_evaluation": forecast_evaluation,
        "recommendation_evaluation": recommendation_evaluation,
    }
    headlines = [
        *_of_data(ingestion_ledger, _of_input(exploration_summary, {current})),
        *_of_customers(customer_360_summary),
        *_of_forecast(revenue_forecast, customer_360_summary["snapshot_date"], models | {current}),
        *_of_patterns(
            _of_input(segment_evaluation, {current}), _of_input(rule_evaluation, {current})
        ),
        *(
            _of_measure(measure, evaluation, current)
            for measure in _MEASURES
            if (evaluation := _of_input(evaluations[measure.dataset], models | {current}))
        ),
    ]
    return {"source_id": current, "headlines": headlines}


def _of_input(result: Result, source_ids: set[str]) -> Result:
    """A result, or None where it is of another input or of too few data."""
    is_good = result and result["status"] == OK and result["source_id"] in source_ids
    return result if is_good else None


def _of_data(ledger: dict[str, Any], explored: Result) -> list[dict[str, Any]]:
    headlines = [_headline("Events", ledger["total"]["rows_kept"], "ingestion_ledger")]
    if explored:
        name = "exploration_summary"
        headlines += [
            _headline("Customers", explored["customers"], name),
            _headline("Revenue", explored["revenue"], name),
            _headline(
                "Visits that end in a purchase", **explored["conversion"], dataset=name,
                form=wording.percent,
            ),
        ]  # fmt: skip
    return headlines


def _of_customers(summary: dict[str, Any]) -> list[dict[str, Any]]:
    if summary["tables"][DAYS]["status"] != OK or not summary["scored_customers"]:
        return []
    first, end = (date.fromisoformat(summary[name]) for name in ("snapshot_date", "label_end"))
    label = f"Customers expected to buy {_days((end - first).days, first)}"
    return [_headline(label, summary["expected_purchases"], "customer_360_summary")]


def _of_forecast(
    forecast: DataFrame | None, snapshot_date: str | None, source_ids: set[str]
) -> list[dict[str, Any]]:
    """What the days behind the data are expected to bring."""
    if forecast is None or snapshot_date is None:
        return []
    is_current = F.col("model_source_id").isin(*source_ids)
    total = forecast.filter((F.col("category_l1") == "total") & is_current)
    days = total.select(F.col("event_date").cast("string"), "expected_revenue").toPandas()
    if days["event_date"].min() != snapshot_date:
        return []
    label = f"Revenue expected {_days(len(days), snapshot_date)}"
    return [_headline(label, float(days["expected_revenue"].sum()), "revenue_forecast")]


def _days(number: int, first: date | str) -> str:
    return f"in the {number} days from {first} on"


def _of_patterns(segments: Result, rules: Result) -> list[dict[str, Any]]:
    headlines = []
    if segments:
        value = segments["champion"]
        headlines.append(_headline("Segments of customers", value, "segment_evaluation"))
    if rules:
        value = rules["rules"]["across_categories"]
        headlines.append(_headline("Rules across categories", value, "rule_evaluation"))
    return headlines


def _of_measure(measure: _Measure, evaluation: dict[str, Any], current: str) -> dict[str, Any]:
    part = evaluation[measure.part] if measure.part else evaluation
    best = evaluation["best_baseline"]
    beaten = _number(part["baselines"][best][measure.metric]["value"])
    is_baseline = evaluation["champion"] == best
    mark = "" if evaluation["source_id"] == current else f" ({EARLIER})"
    return _headline(
        measure.label + mark,
        **part["metrics"][measure.metric],
        dataset=measure.dataset,
        baseline=(
            f"no model beats {wording.words(best)}" if is_baseline else f"best baseline {beaten}"
        ),
    )


def _headline(
    label: str,
    value: float,
    dataset: str,
    low: float | None = None,
    high: float | None = None,
    baseline: str | None = None,
    form: Callable[[float | None], str] | None = None,
) -> dict[str, Any]:
    return {
        "label": label,
        "text": wording.interval({"value": value, "low": low, "high": high}, form or _number),
        "value": value,
        "low": low,
        "high": high,
        "baseline": baseline,
        "dataset": dataset,
    }


def _number(value: float | None) -> str:
    """Whole numbers with commas; others with three digits, such as .383."""
    is_whole = value is not None and value == int(value)
    return wording.count(value) if is_whole else wording.measure(value)
