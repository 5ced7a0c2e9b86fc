from datetime import date

import pytest

from features import Features, feature_parameters, make_events

OUTAGES = [
    ("2019-11-14 18:09:00", "2019-11-16 08:32:00"),
    ("2019-11-16 15:34:00", "2019-11-17 03:43:00"),
]


def calendar_of(spark, first, last, outages=(), **calendar):
    events = make_events(spark, (1, "s", first), (1, "s", last))
    features = Features(spark, events, outages, feature_parameters(calendar=calendar))
    return features.snapshot_calendar


def roles(calendar):
    return {
        row.snapshot_date: row.role or row.reason
        for row in calendar.itertuples()
        if row.snapshot_date
    }


def test_two_months_are_laid_out_as_designed(spark):
    calendar = calendar_of(spark, "2019-10-01 00:00:00", "2019-11-30 23:59:59", OUTAGES)

    found = roles(calendar)
    assert found.pop(date(2019, 11, 10)).startswith("purchases were not recorded")
    assert {found.pop(date(2019, 10, day)) for day in (6, 13)} == {
        "its history begins before the data"
    }
    assert found == {
        date(2019, 12, 1): "score",
        date(2019, 11, 24): "test",
        date(2019, 11, 17): "validation",
        date(2019, 11, 3): "train",
        date(2019, 10, 27): "train",
        date(2019, 10, 20): "train",
    }
    assert set(calendar["reference_end"]) == {date(2019, 10, 20)}
    (validation,) = calendar[calendar["role"] == "validation"].itertuples()
    assert validation.outage_share == pytest.approx((3 + 43 / 60) / 168)
    # 14 days before 11-17, less 38:23 and 8:26 hours of outage.
    assert validation.purchase_observable_share_14 == pytest.approx(
        1 - (38 + 23 / 60 + 8 + 26 / 60) / (14 * 24)
    )


def test_labels_end_before_the_features_of_the_next_role(spark):
    calendar = calendar_of(
        spark, "2019-10-01 00:00:00", "2019-11-30 23:00:00", horizon_days=10, step_days=7
    )

    used = calendar.dropna(subset=["role"]).set_index("role")
    assert used.loc["test"].label_end <= used.loc["score"].snapshot_date
    assert used.loc["validation"].label_end <= used.loc["test"].snapshot_date
    assert (used.loc[["train"]].label_end <= used.loc["validation"].snapshot_date).all()
    left_out = calendar[calendar["reason"].fillna("").str.startswith("its labels")]
    assert len(left_out) > 0


@pytest.mark.parametrize(
    ("last", "unfilled"),
    [
        ("2019-10-01 01:00:00", {"train", "validation", "test"}),
        ("2019-10-25 01:00:00", {"train", "validation"}),
        ("2019-10-30 01:00:00", {"train"}),
    ],
)
def test_roles_that_can_not_be_filled_are_said(spark, last, unfilled):
    calendar = calendar_of(spark, "2019-10-01 00:00:00", last)

    missing = calendar[calendar["snapshot_date"].isna()]
    assert set(missing["role"]) == unfilled
    assert missing["reason"].notna().all()
    assert "score" in set(calendar["role"])


def test_an_hour_of_events_has_no_reference_period_but_itself(spark):
    calendar = calendar_of(spark, "2019-10-01 00:00:00", "2019-10-01 01:00:00")

    assert set(calendar["reference_end"]) == {date(2019, 10, 2)}
