"""Which forecast is taken, and how good it is."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from customer_behavior.evaluation.bootstrap import draw_blocks, summarise, summarise_all
from customer_behavior.pipelines.regression.daily_revenue import TOTAL
from customer_behavior.pipelines.regression.forecast import BASELINES, MODEL
from customer_behavior.pipelines.regression.intervals import (
    cover_later_origins,
    fit_forecast_intervals,
)
from customer_behavior.pipelines.regression.parameters import ForecastParameters

_CONFIDENCE = 0.95


def choose_forecast_champion(
    revenue_backtest: pd.DataFrame, ingestion_ledger: dict[str, Any], settings: ForecastParameters
) -> dict[str, Any]:
    """Compare the model and the baselines on the role select, by MASE over the categories.

    Args:
        revenue_backtest: From ``backtest_revenue``.
        ingestion_ledger: Has the ``source_id``.
        settings: ``coverage``, ``horizon_days``, ``replicates``, ``seed``.

    Returns:
        ``source_id``, ``status`` (``ok`` or ``not_enough_data``, then with the ``reason``),
        ``candidates`` and ``baselines`` (name → measure → value, low, high), ``best_baseline``,
        ``champion``: the model where the lower end of its advantage's interval
        (``mase_below_baseline``) is above zero, else the best baseline; ``intervals``: how far the
        champion was off, from ``fit_forecast_intervals``.
    """
    described = {"source_id": ingestion_ledger["source_id"]}
    is_select = revenue_backtest["role"] == "select"
    rows = revenue_backtest[is_select & (revenue_backtest["category_l1"] != TOTAL)]
    if rows.empty:
        reason = (
            f"a backtest needs at least {settings.least_days + 2} days with recorded purchases, "
            "and more where there are few categories"
        )
        return described | {"status": "not_enough_data", "reason": reason}
    measures = {name: _measure(rows, name, settings) for name in (MODEL, *BASELINES)}
    best = min(BASELINES, key=lambda name: measures[name]["mase"][0])
    summaries = {
        name: summarise_all(
            of | {"mase_below_baseline": measures[best]["mase"] - of["mase"]}, _CONFIDENCE
        )
        for name, of in measures.items()
    }
    low = summaries[MODEL]["mase_below_baseline"]["low"]
    champion = MODEL if low is not None and low > 0 else best
    return described | {
        "status": "ok",
        "candidates": {MODEL: summaries[MODEL]},
        "baselines": {name: summaries[name] for name in BASELINES},
        "best_baseline": best,
        "champion": champion,
        "intervals": fit_forecast_intervals(revenue_backtest, champion, settings),
    }


def evaluate_revenue_forecast(
    revenue_backtest: pd.DataFrame,
    selection: dict[str, Any],
    customer_spend_predictions: DataFrame,
    customer_snapshots: DataFrame,
    settings: ForecastParameters,
) -> dict[str, Any]:
    """Measure champion and baselines on the role test.

    Args:
        revenue_backtest: From ``backtest_revenue``.
        selection: From ``choose_forecast_champion``; its input is that of the backtest.
        customer_spend_predictions: Their sum stands beside the forecast of the same week.
        customer_snapshots: Have what these customers spent in it.
        settings: Parameters.

    Returns:
        ``task``, ``source_id``, ``model_source_id``, ``status``, ``champion``, ``best_baseline``;
        ``rows`` and ``period`` (origins) by role; over the categories ``metrics`` and
        ``baselines``: ``mase``, ``wape``, ``bias`` (forecast over actual total, less 1) with
        intervals over origins, the champion with ``coverage_80`` (or as ``coverage`` says);
        ``mase_below``: each baseline's MASE less the champion's; ``candidates``, and the baselines
        beside them, on select; of test the same
        ``outside_peaks``, ``by_step``, ``by_category`` and of the ``total``; ``intervals`` of the
        selection; ``same_week``, of the week behind the test snapshot: what the customers known by
        then were expected to spend and spent, and what the shop was forecast to take in and took
        in on the ``days`` that were recorded (null where the backtest is of other days).
    """
    roles = revenue_backtest.groupby("role")
    described = {
        "task": "revenue_forecast",
        "source_id": selection["source_id"],
        "model_source_id": selection["source_id"],
        "status": selection["status"],
        "rows": {role: len(rows) for role, rows in roles},
        "period": {
            role: [f"{rows['origin'].min():%Y-%m-%d}", f"{rows['origin'].max():%Y-%m-%d}"]
            for role, rows in roles
        },
    }
    if selection["status"] != "ok":
        return described | {"reason": selection["reason"]}
    champion = selection["champion"]
    covered = cover_later_origins(revenue_backtest, champion, settings)
    is_total = revenue_backtest["category_l1"] == TOTAL
    is_test = revenue_backtest["role"] == "test"
    test = revenue_backtest[is_test & ~is_total]

    def of(rows: pd.DataFrame) -> dict[str, Any]:
        return {"rows": len(rows)} | _evaluate(rows, champion, covered, settings)

    return described | {
        "champion": champion,
        "best_baseline": selection["best_baseline"],
        "candidates": selection["baselines"] | selection["candidates"],
        **_evaluate(test, champion, covered, settings),
        "outside_peaks": of(test[~test["is_peak"].astype(bool)]),
        "by_step": {str(step): of(rows) for step, rows in test.groupby("step_number")},
        "by_category": {name: of(rows) for name, rows in test.groupby("category_l1")},
        "total": of(revenue_backtest[is_test & is_total]),
        "intervals": selection["intervals"],
        "same_week": _same_week(
            revenue_backtest[is_total], champion, customer_spend_predictions, customer_snapshots
        ),
    }


def _evaluate(
    rows: pd.DataFrame, champion: str, covered: pd.DataFrame, settings: ForecastParameters
) -> dict[str, Any]:
    """Measure champion and baselines on some rows; ``covered`` says which lay in intervals."""
    inside = covered[covered.index.isin(rows.index)]
    coverage = summarise(_mean_by_origin(inside, "is_covered", settings), _CONFIDENCE)
    measures = {name: _measure(rows, name, settings) for name in {champion, *BASELINES}}
    below = {name: measures[name]["mase"] - measures[champion]["mase"] for name in BASELINES}
    return {
        "metrics": summarise_all(measures[champion], _CONFIDENCE)
        | {f"coverage_{100 * settings.coverage:.0f}": coverage},
        "baselines": {name: summarise_all(measures[name], _CONFIDENCE) for name in BASELINES},
        "mase_below": summarise_all(below, _CONFIDENCE),
    }


def _measure(
    rows: pd.DataFrame, scorer: str, settings: ForecastParameters
) -> dict[str, NDArray[np.float64]]:
    """MASE (Hyndman and Koehler 2006), WAPE and bias; for what was observed and each replicate."""
    error = rows[scorer] - rows["revenue"]
    scaled = (error.abs() / rows["scale"].where(rows["scale"] > 0)).rename("scaled")
    table = rows.assign(
        error=error, size=error.abs(), scaled=scaled, is_scaled=scaled.notna().astype(float)
    )
    sums = table.groupby("origin")[["scaled", "is_scaled", "size", "error", "revenue"]].sum()
    draws = draw_blocks(len(sums), settings.horizon_days, settings.replicates, settings.seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled, number, size, bias, revenue = (draws @ sums.to_numpy()).T
        return {"mase": scaled / number, "wape": size / revenue, "bias": bias / revenue}


def _mean_by_origin(
    rows: pd.DataFrame, column: str, settings: ForecastParameters
) -> NDArray[np.float64]:
    sums = rows.assign(value=rows[column].astype(float)).groupby("origin")["value"]
    totals = sums.agg(["sum", "count"]).to_numpy(dtype=float)
    if not len(totals):
        return np.array([np.nan])
    draws = draw_blocks(len(totals), settings.horizon_days, settings.replicates, settings.seed)
    total, number = (draws @ totals).T
    return np.asarray(total / number)


def _same_week(
    totals: pd.DataFrame,
    champion: str,
    customer_spend_predictions: DataFrame,
    customer_snapshots: DataFrame,
) -> dict[str, Any] | None:
    """Compare both answers to one question; None without predictions."""
    keys = ["user_id", "snapshot_date"]
    found = (
        customer_spend_predictions.filter("role = 'test'")
        .join(customer_snapshots.select(*keys, "spend_next"), on=keys, how="inner")
        .groupBy("snapshot_date")
        .agg(F.sum("expected_spend"), F.sum("spend_next"))
        .orderBy("snapshot_date")
        .first()
    )
    if found is None:
        return None
    snapshot, expected, spent = found
    week = totals[totals["origin"] == pd.Timestamp(snapshot)]
    of_shop = {
        "days": len(week),
        "expected": float(week[champion].sum()),
        "recorded": float(week["revenue"].sum()),
    }
    return {
        "snapshot_date": str(snapshot),
        "customers": {"expected": expected, "recorded": spent},
        "shop": of_shop if len(week) else None,
    }
