"""Itemsets found in the same baskets by this project, MLlib alone, mlxtend and DuckDB."""

import time
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd
import yaml

from engines import open_catalog, run_nodes

PROJECT = Path(__file__).parents[1]
PARTS = {
    "table": ("build_market_baskets", "find_item_categories"),
    "itemsets": ("find_frequent_itemsets",),
    "counts": ("count_itemsets",),
    "rules": ("measure_rules", "choose_rules"),
}
# What the others count, written by the first engine: one row per customer and period.
BASKETS = "data/05_model_input/market_baskets"


def mine_with_this_project(raw_events: Path, project: Path) -> dict[str, float]:
    """Make baskets, find and count itemsets, measure and choose rules, as ``kedro run`` does."""
    figures = {
        f"{name}_seconds": run_nodes(raw_events, project, "association", *nodes)
        for name, nodes in PARTS.items()
    }
    catalog = open_catalog(raw_events, project)
    baskets = catalog.load("market_baskets").filter("period = 'fit'")
    lengths = catalog.load("frequent_itemsets").selectExpr("SIZE(items) AS length").toPandas()
    return figures | {
        "baskets": baskets.count(),
        **_itemsets(lengths["length"].value_counts()),
        "measured_rules": catalog.load("measured_rules").count(),
        "item_rules": catalog.load("item_rules").count(),
    }


def mine_with_mllib_fpgrowth(raw_events: Path, project: Path) -> dict[str, float]:
    """Find itemsets with FPGrowth of Spark alone; it has no limit of their length."""
    from pyspark.ml.fpm import FPGrowth

    catalog = open_catalog(raw_events, project)
    baskets = catalog.load("market_baskets").filter("period = 'fit'").select("items")
    number = baskets.count()
    started = time.perf_counter()
    model = FPGrowth(itemsCol="items", minSupport=_least_support(number)).fit(baskets)
    lengths = model.freqItemsets.selectExpr("SIZE(items) AS length").groupBy("length").count()
    counts = {row["length"]: row["count"] for row in lengths.collect()}
    seconds = time.perf_counter() - started
    return {"itemsets_seconds": seconds, "baskets": number, **_itemsets(counts)}


def mine_with_mlxtend_fpgrowth(raw_events: Path, project: Path) -> dict[str, float]:
    """Find itemsets with mlxtend's FP-Growth, in a sparse table of baskets by items."""
    from mlxtend.frequent_patterns import fpgrowth
    from mlxtend.preprocessing import TransactionEncoder

    started = time.perf_counter()
    table = pd.read_parquet(project / BASKETS, columns=["items"], filters=[("period", "==", "fit")])
    encoder = TransactionEncoder()
    encoded = encoder.fit_transform(table["items"], sparse=True)
    baskets = pd.DataFrame.sparse.from_spmatrix(encoded, columns=encoder.columns_)
    found = fpgrowth(baskets, _least_support(len(baskets)), max_len=_rules()["longest_itemset"])
    seconds = time.perf_counter() - started
    lengths = found["itemsets"].map(len)
    return {
        "itemsets_seconds": seconds,
        "baskets": len(baskets),
        **_itemsets(lengths.value_counts()),
    }


def count_pairs_with_duckdb(raw_events: Path, project: Path) -> dict[str, float]:
    """Count pairs of items with DuckDB, by a join of baskets with themselves."""
    started = time.perf_counter()
    with duckdb.connect() as database:
        database.execute(f"""
            CREATE TABLE basket_items AS
            SELECT user_id, unnest(items) AS item
            FROM '{project / BASKETS}/*.parquet' WHERE period = 'fit'
        """)
        pairs = database.execute(f"""
            SELECT one.item, other.item, count(*)
            FROM basket_items AS one JOIN basket_items AS other
                ON one.user_id = other.user_id AND one.item < other.item
            GROUP BY one.item, other.item
            HAVING count(*) >= {_rules()["least_baskets"]}
        """).fetchall()
        seconds = time.perf_counter() - started
        ((baskets,),) = database.sql("SELECT count(DISTINCT user_id) FROM basket_items").fetchall()
    return {"pairs_seconds": seconds, "baskets": baskets, "itemsets_of_2": len(pairs)}


def _rules() -> dict[str, int]:
    file = PROJECT / "conf/base/parameters/association.yml"
    return dict(yaml.safe_load(file.read_text())["association"]["rules"])


def _least_support(baskets: int) -> float:
    """The share that is the least number of baskets once it is rounded up, as both libraries do."""
    return (_rules()["least_baskets"] - 0.5) / baskets


def _itemsets(counts: Mapping[int, int]) -> dict[str, int]:
    """Itemsets by their number of items; those of more items than a rule has, if any, apart."""
    longest = _rules()["longest_itemset"]
    figures = {
        f"itemsets_of_{length}": int(counts.get(length, 0)) for length in range(1, longest + 1)
    }
    longer = sum(int(number) for length, number in counts.items() if length > longest)
    return figures | ({"longer_itemsets": longer} if longer else {})
