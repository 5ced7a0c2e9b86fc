"""What was planted in simulated events is found by features and exploration."""

import json

import numpy as np
import pytest

from customer_behavior.pipelines.simulation.hidden import describe_customers
from features import Features, as_events
from simulated import good_events, process_of, simulate, simulation_parameters

pytestmark = [pytest.mark.slow, pytest.mark.default_line]


@pytest.fixture(scope="module")
def explored(module_project, sample):
    module_project.run(sample, "ingestion,feature_engineering,exploration")
    return module_project


@pytest.fixture(scope="module")
def planted(sample):
    return json.loads((sample / "_truth/defects.json").read_text())


@pytest.fixture(scope="module")
def law(sample):
    return json.loads((sample / "_truth/process.json").read_text())["parameters"]


def test_visits_come_at_the_hours_that_were_planted(explored, law):
    sessions = explored.load("sessions").filter("NOT is_suspected_bot").groupBy("hour").count()
    found = sessions.toPandas().set_index("hour")["count"].sort_index()
    weights = np.array(law["calendar"]["hourly_sessions"], dtype=float)

    expected = weights / weights.sum() * found.sum()
    # 24 counts, each with the noise of a count; visits of one customer share their hours.
    chi_square = ((found - expected) ** 2 / expected).sum()
    assert chi_square < 3 * 24


def test_shared_sessions_are_those_that_were_planted(explored, planted):
    assert explored.load("shared_sessions")["shared"].sum() == planted["shared_sessions"]


def test_nulls_have_the_share_that_the_shop_has(explored):
    quality = explored.load("data_quality").groupby("check")[["found", "of"]].sum()
    share = quality["found"] / quality["of"]

    assert share["category without name"] == pytest.approx(0.32, abs=0.03)
    assert share["brand missing"] == pytest.approx(0.14, abs=0.03)


def test_the_paths_of_the_first_month_are_those_that_were_planted(explored, planted):
    funnel = explored.load("session_funnel")
    october = funnel[(funnel["event_month"] == "2019-10") & (funnel["dimension"] == "all")]
    paths = october.set_index("path")["sessions"]
    purchases = planted["first_month"]["purchase_sessions"]

    bought = paths[["view_cart_buy", "view_buy", "buy_without_view"]].sum()
    assert bought == pytest.approx(purchases, rel=0.01)
    without_cart = planted["first_month"]["purchase_sessions_without_cart"] / purchases
    seen = paths["view_buy"] / paths[["view_cart_buy", "view_buy"]].sum()
    assert seen == pytest.approx(without_cart, abs=0.02)


def test_carts_are_logged_more_often_in_the_second_month(explored):
    funnel = explored.load("session_funnel").query("dimension == 'all'")
    paths = funnel.pivot_table(index="event_month", columns="path", values="share")

    share = paths["view_buy"] / (paths["view_buy"] + paths["view_cart_buy"])
    # Published: 53.6 % and 16.1 % of purchase sessions have no cart.
    assert share["2019-10"] == pytest.approx(0.536, abs=0.05)
    assert share["2019-11"] == pytest.approx(0.161, abs=0.05)


def test_programs_are_told_from_people(spark):
    parameters = simulation_parameters(
        events=120_000, defects={"bots": {"share": 0.01, "sessions": 60}}
    )
    events = good_events(simulate(parameters))
    truth = describe_customers(process_of(parameters)).toPandas()
    size = events.groupby("user_id").size()
    bots = set(truth.loc[truth["customer_type"] == "bot", "user_id"]) & set(size[size >= 50].index)

    days = Features(spark, as_events(spark, events)).customer_days
    found = {row.user_id for row in days.filter("is_suspected_bot").select("user_id").collect()}

    assert len(bots) >= 20
    assert len(found & bots) / len(bots) >= 0.9
    assert len(found & bots) / len(found) >= 0.9
