"""What recommendations are made from, and lists of them, from literal rows."""

from datetime import date, datetime

import pandas as pd

from features import feature_parameters

#: Snapshots with fourteen days of history, and seven of labels.
VALIDATION, TEST, SCORE = date(2019, 10, 15), date(2019, 10, 22), date(2019, 10, 29)
FEATURES = feature_parameters(calendar={"history_days": 14, "horizon_days": 7})

EVENT_FEATURES = """
    user_id long, event_time timestamp, event_type string, product_id long, category_code string,
    category_id long, event_date date
"""
SNAPSHOTS = """
    user_id long, snapshot_date date, role string, price_level double, is_suspected_bot boolean
"""
SESSIONS = "user_id long, started_at timestamp, is_suspected_bot boolean"
INTERESTS = """
    user_id long, snapshot_date date, role string, price_class int, product_id long,
    category string, weight double, last_event_at timestamp
"""
POPULARITY = """
    snapshot_date date, product_id long, category string, category_rank int,
    class_shares array<double>, overall_share double, overall_rank int
"""
BOUGHT = "user_id long, snapshot_date date, product_id long"
RELEVANT = """
    user_id long, snapshot_date date, role string, product_id long, category string,
    products_seen long, is_rebought boolean
"""
INTERACTIONS = "user_id long, product_id long, weight double"
NEIGHBOURS = "product_id long, neighbour_id long, similarity double"
RULES = "antecedent array<string>, consequent string, confidence double"
TRIED = """
    recommender string, user_id long, snapshot_date date, rank int, product_id long,
    category string, overall_share double, source string
"""

NO_CODE = "2053013555631882655"
#: Products by category, the most popular first: shoes are 101 to 124, phones 201 to 204.
SHOP = {"shoe": 24, "phone": 4, "case": 3, "boot": 2, "bag": 2, NO_CODE: 1}


def make_calendar(**days):
    """The calendar; without days, that of too little data."""
    rows = [(day, role) for role, day in days.items()] or [(None, "score")]
    return pd.DataFrame(rows, columns=["snapshot_date", "role"]).assign(
        data_start=date(2019, 9, 1), data_end=date(2019, 10, 29), reference_end=date(2019, 10, 8)
    )


CALENDAR = make_calendar(train=date(2019, 10, 8), validation=VALIDATION, test=TEST, score=SCORE)


def make_event_features(spark, *events):
    """Rows are (user, time, kind, product, category code, category id), as far as they matter."""
    usual, rows = ("view", 1, "a.b", 10), []
    for event in events:
        user, time, *what = (*event, *usual[len(event) - 2 :])
        time = datetime.fromisoformat(time)
        rows.append((user, time, *what, time.date()))
    return spark.createDataFrame(rows, EVENT_FEATURES)


def make_snapshots(spark, *rows):
    """Rows are (user, snapshot, role, price level, whether a bot), as far as they matter."""
    usual = (SCORE, "score", 1.0, False)
    return spark.createDataFrame([(*row, *usual[len(row) - 1 :]) for row in rows], SNAPSHOTS)


def make_interests(spark, *rows):
    """Rows are (user, product, category, weight, price class, snapshot, role, time)."""
    usual = (0, SCORE, "score", "2019-10-14 10:00:00")
    full = [(*row, *usual[len(row) - 4 :]) for row in rows]
    return spark.createDataFrame(
        [
            (user, snapshot, role, price_class, product, category, float(weight),
             datetime.fromisoformat(time))
            for user, product, category, weight, price_class, snapshot, role, time in full
        ],
        INTERESTS,
    )  # fmt: skip


def make_popularity(spark, *snapshots, shop=None):
    """What is popular in a shop; customers of price class 1 like best what others like least."""
    shop = SHOP if shop is None else shop
    total = sum(range(sum(shop.values()) + 1))
    rows, overall_rank = [], 0
    for place, (category, products) in enumerate(shop.items(), start=1):
        for number in range(1, products + 1):
            overall_rank += 1
            overall_share = (sum(shop.values()) + 1 - overall_rank) / total
            shares = [
                (products + 1 - rank) / sum(range(products + 1))
                for rank in (number, products + 1 - number)
            ]
            rows += [
                (snapshot, 100 * place + number, category, number, shares, overall_share,
                 overall_rank)
                for snapshot in snapshots or (SCORE,)
            ]  # fmt: skip
    return spark.createDataFrame(rows, POPULARITY)


def make_relevant(spark, *rows):
    """Rows are (user, product, category, role, whether rebought, products seen, snapshot)."""
    usual = ("a", "select", False, 3, None)
    full = [(*row, *usual[len(row) - 2 :]) for row in rows]
    return spark.createDataFrame(
        [
            (user, snapshot or {"select": VALIDATION, "test": TEST}[role], role, product, category,
             seen, rebought)
            for user, product, category, role, rebought, seen, snapshot in full
        ],
        RELEVANT,
    )  # fmt: skip


def make_tried(spark, *lists):
    """Lists are (recommender, user, products, snapshot, categories, overall shares)."""
    rows = []
    for given in lists:
        usual = (VALIDATION, ["a"] * len(given[2]), [0.5] * len(given[2]))
        recommender, user, products, snapshot, *columns = (*given, *usual[len(given) - 3 :])
        rows += [
            (recommender, user, snapshot, rank, *of_product, "popular")
            for rank, of_product in enumerate(zip(products, *columns, strict=True), start=1)
        ]
    return spark.createDataFrame(rows, TRIED)
