"""Whom to contact: what a threshold on the probability costs and brings."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyspark.sql import DataFrame

from customer_behavior.evaluation.binned_scores import (
    HIGHEST_BIN,
    BinnedScores,
    count_scores,
    lowest_score_of_bin,
    of_scorer,
    part_among_best,
)
from customer_behavior.evaluation.bootstrap import summarise
from customer_behavior.pipelines.classification.champion import draws_of, with_group
from customer_behavior.pipelines.classification.parameters import (
    ClassificationParameters,
    ContactParameters,
)
from customer_behavior.pipelines.classification.training_rows import usable_rows

_POLICY = "policy"


def choose_contact_policy(
    predictions: DataFrame,
    examples: DataFrame,
    selection: dict[str, Any],
    ingestion_ledger: dict[str, Any],
    settings: ClassificationParameters,
) -> dict[str, Any]:
    """Choose a threshold on the role calibrate, and see on test what it would have brought.

    A contact is paid for; a purchase of somebody contacted brings the margin. Whether the contact
    is the reason for the purchase is a question for an experiment, not for this table.

    Args:
        predictions: From ``predict_purchases``.
        examples: One row per ``keys``.
        selection: From ``choose_champion``.
        ingestion_ledger: Has the ``source_id``.
        settings: ``contact``: ``when``, ``margin``, ``cost_per_contact``, ``budget``.

    Returns:
        ``source_id``, ``status``, ``contact``, and three policies on test: ``best_threshold``
        (``threshold`` and its profit on calibrate beside it), ``budget`` (the most likely ones that
        it pays for) and ``everybody``: ``contacts``, ``expected_profit`` (from the probabilities)
        and ``realised_profit`` (with ``low`` and ``high``).
    """
    described = {
        "source_id": ingestion_ledger["source_id"],
        "status": selection["status"],
        "contact": settings.contact.model_dump(),
    }
    if selection["status"] != "ok":
        return described | {"reason": selection["reason"]}
    outcome = usable_rows(examples, "calibrate", "test", settings=settings).filter(
        settings.contact.when
    )
    rows = predictions.drop("role").join(
        with_group(outcome, settings).select(*settings.keys, "role", "label", "customer_group"),
        on=settings.keys,
        how="inner",
    )
    counts = count_scores(rows, {_POLICY: ("probability", "probability")}, ["role"])
    of_role = {role: of_scorer(counts, _POLICY, "role", role) for role in ("calibrate", "test")}
    if any(rows.empty for rows in of_role.values()):
        reason = "calibrate or test has no rows"
        return described | {"status": "not_enough_data", "reason": reason}
    return described | _compare_policies(of_role["calibrate"], of_role["test"], settings)


def _compare_policies(
    calibrate: pd.DataFrame, test: pd.DataFrame, settings: ClassificationParameters
) -> dict[str, Any]:
    contact, draws = settings.contact, draws_of(settings)
    lowest_bin, profit = _best_bin(calibrate, contact)
    everybody = test["rows"].sum()
    # A little more, since 0.1 has no exact binary fraction: 500 pays for 5000 contacts.
    affordable = min(everybody, int(contact.budget / contact.cost_per_contact + 1e-9))
    policies = {
        "best_threshold": test.loc[test["bin"] >= lowest_bin, "rows"].sum(),
        "budget": affordable,
        "everybody": everybody,
    }
    results = {
        name: _outcome(test, int(contacts), draws, settings) for name, contacts in policies.items()
    }
    results["best_threshold"] |= {
        "threshold": lowest_score_of_bin(lowest_bin),
        "profit_on_calibrate": profit,
    }
    return results


def _best_bin(counts: pd.DataFrame, contact: ContactParameters) -> tuple[int, float]:
    """The lowest bin to contact for the highest profit; one above all where none is worth it."""
    by_bin = counts.groupby("bin")[["rows", "positives"]].sum().sort_index(ascending=False)
    profit = (
        contact.margin * by_bin["positives"] - contact.cost_per_contact * by_bin["rows"]
    ).cumsum()
    if profit.max() <= 0:
        return HIGHEST_BIN + 1, 0.0
    return int(profit.idxmax()), float(profit.max())


def _outcome(
    test: pd.DataFrame,
    contacts: int,
    draws: NDArray[np.float64],
    settings: ClassificationParameters,
) -> dict[str, Any]:
    """What the most likely so many rows of test bring; of the last bin a part, as on average."""
    contact = settings.contact
    binned = BinnedScores.of(test, draws.shape[1])
    taken = part_among_best(binned.rows.sum(axis=0), contacts)
    costs = contact.cost_per_contact * (binned.rows @ taken)
    expected = contact.margin * (binned.probability @ taken) - costs
    realised = contact.margin * (binned.positives @ taken) - costs
    return {
        "contacts": contacts,
        "expected_profit": float(expected.sum()),
        "realised_profit": summarise(draws @ realised, settings.evaluation.confidence),
    }
