"""A new week is scored with what was fitted before."""

from datetime import date

import pytest

from simulated import simulate, simulation_parameters, write_months
from support import learn_from_little

FITTED = (
    "04_feature/reference_counts", "04_feature/imputation_values", "04_feature/frequencies",
    "06_models",
)  # fmt: skip


TRAINED = "ingestion,feature_engineering,classification,regression,clustering,association"
pytestmark = [pytest.mark.slow, pytest.mark.default_line]


@pytest.fixture(scope="module")
def scored(module_project, tmp_path_factory):
    """A project that was trained until 23 November and scored a week later."""
    learn_from_little(module_project.folder)
    months = write_months(
        simulate(simulation_parameters(events=25_000)), tmp_path_factory.mktemp("all") / "raw"
    )
    lines = (months / "2019-Nov.csv").read_text().splitlines()
    before = [line for line in lines if not line[:10] > "2019-11-23"]
    (months / "2019-Nov.csv").write_text("\n".join(before) + "\n")
    module_project.run(months, TRAINED)
    module_project.trained_on = module_project.ledger()["source_id"]
    module_project.fitted = files_of(module_project)
    assert newest(module_project, "customer_snapshots") == date(2019, 11, 24)

    (months / "2019-Nov.csv").write_text("\n".join(lines) + "\n")
    module_project.run(months, "__default__", tags=["score"])
    return module_project


def test_a_week_that_is_appended_is_scored_and_nothing_is_fitted(scored):
    assert newest(scored, "customer_snapshots") == date(2019, 12, 1)
    assert files_of(scored) == scored.fitted


def test_each_customer_of_the_new_date_has_a_probability_of_the_old_model(scored):
    snapshots = scored.load("customer_snapshots").filter("role = 'score' AND NOT is_suspected_bot")
    predictions = scored.load("customer_propensity.predictions").filter("role = 'score'").toPandas()

    assert len(predictions) == snapshots.count() > 0
    assert set(predictions["snapshot_date"]) == {date(2019, 12, 1)}
    assert predictions["probability"].between(0, 1, inclusive="neither").all()
    assert set(predictions["model_source_id"]) == {scored.trained_on}
    assert scored.ledger()["source_id"] != scored.trained_on


def test_each_of_them_has_an_expected_spend_of_the_old_model(scored):
    predictions = scored.load("customer_propensity.predictions").filter("role = 'score'")
    spend = scored.load("customer_spend_predictions").filter("role = 'score'").toPandas()

    assert len(spend) == predictions.count()
    assert set(spend["snapshot_date"]) == {date(2019, 12, 1)}
    assert (spend["expected_spend"] > 0).all()
    assert set(spend["model_source_id"]) == {scored.trained_on}


def test_the_days_behind_the_new_week_are_forecast_with_the_old_model(scored):
    forecast = scored.load("revenue_forecast").toPandas()

    assert forecast["event_date"].min() == date(2019, 12, 1)
    assert forecast["event_date"].max() == date(2019, 12, 7)
    assert set(forecast["model_source_id"]) == {scored.trained_on}


def test_each_customer_of_the_new_week_is_in_a_segment_that_was_found_before(scored):
    months = scored.load("customer_months").toPandas()
    segments = scored.load("customer_segments").toPandas()
    selection = scored.load("segment_selection")

    assert len(segments) == len(months)
    assert segments["segment"].notna().all()
    # Before, there were none with a day after 23 November.
    assert (months["recency_days"] == 0).any()
    assert selection["source_id"] == scored.trained_on
    names = set(selection["months"][-1]["segments"]) | {"Bots", "One-Time Visitors"}
    assert set(segments["segment"]) <= names


def test_each_of_them_has_recommendations_for_the_new_date_by_rules_found_before(scored):
    snapshots = scored.load("customer_snapshots").filter("role = 'score' AND NOT is_suspected_bot")
    recommendations = scored.load("recommendations").toPandas()
    known = recommendations.dropna(subset=["user_id"])

    assert set(recommendations["snapshot_date"]) == {date(2019, 12, 1)}
    assert known["user_id"].nunique() == snapshots.count() > 0
    assert known.groupby("user_id")["rank"].max().min() == 10
    assert set(recommendations["model_source_id"]) == {scored.trained_on}


def test_the_row_of_each_customer_agrees_with_the_tables_it_comes_from(scored):
    customers = scored.load("customer_360").toPandas()
    days = scored.load("customer_days").toPandas()
    last = {
        name: scored.load(name).filter("role = 'score'").toPandas()
        for name in ("customer_propensity.predictions", "customer_spend_predictions")
    }
    segments = scored.load("customer_segments").filter("month = '2019-11'").toPandas()
    recommendations = scored.load("recommendations").filter("user_id IS NOT NULL AND rank = 1")

    assert sorted(customers["user_id"]) == sorted(days["user_id"].unique())
    assert customers["monetary_value"].sum() == pytest.approx(days["revenue"].sum())
    assert customers["frequency"].sum() == (days["purchases"] > 0).sum()
    for table, column, of_customer in (
        ("customer_propensity.predictions", "probability", "purchase_probability"),
        ("customer_spend_predictions", "expected_spend", "expected_spend"),
    ):
        assert customers[of_customer].count() == len(last[table])
        assert customers[of_customer].sum() == pytest.approx(last[table][column].sum())
    counts = customers["segment"].value_counts().to_dict()
    assert counts == segments["segment"].value_counts().to_dict()
    assert customers["recommended_product_1"].count() == recommendations.count()


def test_customers_campaign_and_summary_are_made_for_the_new_date(scored):
    customers = scored.load("customer_360").toPandas()
    summary = scored.load("customer_360_summary")
    campaign = scored.load("campaign_customers")

    assert set(customers["snapshot_date"]) == {date(2019, 12, 1)}
    assert set(customers["source_id"]) == {scored.ledger()["source_id"]}
    assert set(customers["propensity_model_source_id"].dropna()) == {scored.trained_on}
    assert (summary["snapshot_date"], summary["status"]) == ("2019-12-01", "ok")
    assert summary["customers"] == len(customers)
    by_segment = sum(row["expected_spend"] for row in summary["by_segment"])
    assert by_segment == pytest.approx(customers["expected_spend"].sum())
    assert campaign["purchase_probability"].is_monotonic_decreasing
    assert len(campaign) == min(1000, customers["purchase_probability"].count())


def test_what_was_not_run_leaves_no_headline_and_the_models_are_those_of_the_earlier_input(scored):
    headlines = scored.load("headlines")["headlines"]

    datasets = {headline["dataset"] for headline in headlines}
    assert "exploration_summary" not in datasets
    of_models = [h["label"] for h in headlines if h["dataset"] == "customer_propensity.evaluation"]
    assert of_models
    assert all("evaluated on an earlier input" in label for label in of_models)


def files_of(project):
    folder = project.folder / "data"
    found = {
        path.relative_to(folder): (path.stat().st_mtime_ns, path.read_bytes())
        for name in FITTED
        for path in (folder / name).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    assert all(any(str(path).startswith(name) for path in found) for name in FITTED)
    return found


def newest(project, table):
    snapshots = project.load(table).filter("role = 'score'")
    (row,) = snapshots.select("snapshot_date").distinct().collect()
    return row.snapshot_date
