import pytest
from pydantic import ValidationError

from simulated import simulation_parameters

NEVER_ENDING = {
    "start": {"view": 1},
    "after_view": {"view": 0.5, "cart": 0.5},
    "after_cart": {"view": 1},
    "after_purchase": {},
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"session_chains": {"browse": NEVER_ENDING}}, "after a cart the session never ends"),
        ({"session_chains": {"browse": NEVER_ENDING | {"start": {}}}}, "'start' must add up to 1"),
        (
            {"session_chains": {"browse": NEVER_ENDING | {"after_cart": {"view": 1, "cart": 1}}}},
            "'after_cart' add up to more than 1",
        ),
        ({"products": {"price_quantiles": {}}}, "the prices at 0.0 and at 1.0"),
        ({"products": {"price_quantiles": {0: 2, 1: 1}}}, "must be above 0 and not fall"),
        ({"calendar": {"first_day": "2020-01-01"}}, "must lie behind 'calendar.first_day'"),
        (
            {"defects": {"purchase_outages": [["2019-11-02", "2019-11-01"]]}},
            "ends before it begins",
        ),
        ({"defects": {"malformed_lines": 2}}, "less than or equal to 1"),
        ({"event": 5}, "Extra inputs are not permitted"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        simulation_parameters(**changes)


def test_types_whose_shares_do_not_add_up_are_refused():
    settings = simulation_parameters().model_dump()
    settings["customer_types"]["browser"]["share"] = 0.5

    with pytest.raises(ValidationError, match="'customer_types' must add up to 1"):
        simulation_parameters(customer_types=settings["customer_types"])


def test_the_calendar_says_its_months():
    calendar = {"first_day": "2019-12-31", "daily_events": [1, 1]}

    parameters = simulation_parameters(calendar=calendar, affinities={"pairs": 0})

    assert parameters.calendar.months == ["2019-12", "2020-01"]
