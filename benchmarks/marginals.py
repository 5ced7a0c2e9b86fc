"""Compare simulated events with the published figures of the real ones, and print a table."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

# By how much two figures may differ, as a factor; 1 for not at all.
_TEN_PERCENT = 1.1
_TAIL = 1.5


@dataclass(frozen=True)
class Marginal:
    """A figure of the simulated events beside the published one.

    Attributes:
        group: What it is about; ``shape`` for figures of seven months, which are guides.
        name: What it is.
        published: The published figure.
        simulated: The same of the simulated events.
        tolerance: The factor by which they may differ.
    """

    group: str
    name: str
    published: float
    simulated: float
    tolerance: float = _TEN_PERCENT

    @property
    def ratio(self) -> float:
        """Simulated over published."""
        return self.simulated / self.published

    @property
    def is_met(self) -> bool:
        """Whether they differ by no more than they may."""
        return max(self.ratio, 1 / self.ratio if self.ratio else float("inf")) <= self.tolerance


def _share(group: str, name: str, published: float, simulated: float) -> Marginal:
    """A share of something; small ones may differ more."""
    return Marginal(group, name, published, simulated, _TAIL if published < 0.01 else _TEN_PERCENT)


def load_folder(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the table of lines from raw files."""
    database.execute(f"""
        CREATE TABLE lines AS
        FROM read_csv('{folder}/*.csv*', columns = {{'line': 'VARCHAR'}}, delim = '\x01',
                      quote = '', escape = '', header = false, auto_detect = false)
    """)


def compare(
    database: duckdb.DuckDBPyConnection, published: dict[str, Any], daily_events: dict[str, int]
) -> list[Marginal]:
    """Compute the figures of the table ``lines`` and put the published ones beside them."""
    _parse(database)
    return [
        *_event_mix(database, published),
        *_missing_values(database, published),
        *_prices(database, published),
        *_hours(database, published),
        *_days(database, daily_events),
        *_funnel(database, published),
        *_shape(database, published),
    ]


def _parse(database: duckdb.DuckDBPyConnection) -> None:
    database.execute("SET enable_progress_bar = false")
    database.execute("""
        CREATE TABLE events AS
        SELECT strptime(f[1], '%Y-%m-%d %H:%M:%S UTC') AS event_time, f[1][:7] AS month,
               f[2] AS type, nullif(f[5], '') AS category_code, nullif(f[6], '') AS brand,
               f[7]::DOUBLE AS price, f[8]::BIGINT AS user_id, f[9] AS user_session
        FROM (SELECT string_split(line, ',') AS f FROM lines)
        WHERE len(f) = 9 AND f[2] IN ('view', 'cart', 'purchase') AND f[8] <> '' AND f[9] <> ''
          AND length(f[1]) = 23 AND f[7][1] <> '-'
    """)
    database.execute("""
        CREATE TABLE sessions AS
        SELECT user_id, user_session, min(event_time) AS started_at, max(event_time) AS ended_at,
               count(*) AS events, bool_or(type = 'view') AS has_view,
               bool_or(type = 'cart') AS has_cart, bool_or(type = 'purchase') AS has_purchase,
               strftime(min(event_time), '%Y-%m') AS month
        FROM events GROUP BY ALL
    """)


def _rows(database: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return database.execute(query).fetchall()


def _event_mix(database: duckdb.DuckDBPyConnection, published: Any) -> Iterator[Marginal]:
    found = _rows(
        database,
        """SELECT month, type, count(*) / sum(count(*)) OVER (PARTITION BY month)
           FROM events GROUP BY 1, 2 ORDER BY 1, 2""",
    )
    for month, kind, share in found:
        of = published["events"][month]
        yield _share("event mix", f"{kind}s, {month}", of[kind] / sum(of.values()), share)


def _missing_values(database: duckdb.DuckDBPyConnection, published: Any) -> Iterator[Marginal]:
    found = _rows(
        database,
        """SELECT month, avg((category_code IS NULL)::INT), avg((brand IS NULL)::INT),
                  avg((price = 0)::INT)
           FROM events GROUP BY 1 ORDER BY 1""",
    )
    for month, category, brand, price in found:
        rows, nulls = published["rows"][month], published["nulls"][month]
        brands = nulls.get("brand", nulls.get("brand_spark"))
        yield _share("nulls", f"no category, {month}", nulls["category_code"] / rows, category)
        yield _share("nulls", f"no brand, {month}", brands / rows, brand)
        zeros = published["zero_price_rows"][month]
        yield _share("nulls", f"price 0, {month}", zeros / rows, price)


def _prices(database: duckdb.DuckDBPyConnection, published: Any) -> Iterator[Marginal]:
    for period, condition in (
        ("2019-10", "month = '2019-10'"),
        ("2019-11", "month = '2019-11'"),
        ("purchase_oct_nov", "type = 'purchase'"),
    ):
        figures = published["price"][period]
        for name, figure in figures.items():
            if name in ("min", "std"):
                continue
            if name in ("mean", "max"):
                how = f"{name}(price)"
            else:
                how = f"quantile_cont(price, {int(name[1:]) / 100})"
            ((found,),) = _rows(database, f"SELECT {how} FROM events WHERE {condition}")
            label = period if period.startswith("2") else "purchases"
            yield Marginal("price", f"{name}, {label}", figure, found)


def _hours(database: duckdb.DuckDBPyConnection, published: Any) -> Iterator[Marginal]:
    figures = published["hour_utc_sessions_and_purchase_event_pct_2019_11"]
    total = sum(sessions for sessions, _ in figures.values())
    found = _rows(
        database,
        """SELECT hour(started_at), count(*) / sum(count(*)) OVER ()
           FROM sessions WHERE month = '2019-11' GROUP BY 1 ORDER BY 1""",
    )
    for hour, share in found:
        yield _share("hour", f"sessions at {hour}h", figures[str(hour)][0] / total, share)
    found = _rows(
        database,
        """SELECT hour(event_time), avg((type = 'purchase')::INT)
           FROM events WHERE month = '2019-11' GROUP BY 1 ORDER BY 1""",
    )
    for hour, share in found:
        yield _share("hour", f"purchases at {hour}h", figures[str(hour)][1] / 100, share)


def _days(database: duckdb.DuckDBPyConnection, daily_events: dict[str, int]) -> Iterator[Marginal]:
    total = sum(daily_events.values())
    found = _rows(
        database,
        """SELECT strftime(event_time, '%Y-%m-%d'), count(*) / sum(count(*)) OVER ()
           FROM events GROUP BY 1 ORDER BY 1""",
    )
    for day, share in found:
        # A day's share is small because there are many days: 10 % holds for it too.
        yield Marginal("day", day, daily_events[day] / total, share)


def _funnel(database: duckdb.DuckDBPyConnection, published: Any) -> Iterator[Marginal]:
    found = {
        month: values
        for month, *values in _rows(
            database,
            """SELECT month, avg(has_cart::INT), avg(has_purchase::INT),
                      avg((NOT has_cart)::INT) FILTER (has_purchase),
                      avg((NOT has_view)::INT) FILTER (has_purchase), avg(has_view::INT)
               FROM sessions GROUP BY ALL""",
        )
    }
    october = published["session_funnel"]["2019-10_derived"]
    sessions = published["uniques"]["2019-10"]["sessions"]
    cart, purchase, no_cart, *_ = found["2019-10"]
    yield _share("funnel", "sessions with cart, 2019-10", october["cart_sessions"] / sessions, cart)
    bought = october["purchase_sessions"] / sessions
    yield _share("funnel", "sessions with purchase, 2019-10", bought, purchase)
    share = october["purchase_no_cart_share"]
    yield _share("funnel", "of these without cart, 2019-10", share, no_cart)
    november = published["session_funnel"]["2019-11"]
    sessions = november["sessions"]
    cart, purchase, no_cart, no_view, view = found["2019-11"]
    yield _share("funnel", "sessions with cart, 2019-11", november["cart"] / sessions, cart)
    bought = november["purchase"] / sessions
    yield _share("funnel", "sessions with purchase, 2019-11", bought, purchase)
    share = november["purchase_no_cart"] / november["purchase"]
    yield _share("funnel", "of these without cart, 2019-11", share, no_cart)
    share = november["purchase_no_view"] / november["purchase"]
    yield _share("funnel", "of these without view, 2019-11", share, no_view)
    yield _share("funnel", "sessions with view, 2019-11", november["view"] / sessions, view)


def _shape(database: duckdb.DuckDBPyConnection, published: Any) -> Iterator[Marginal]:
    """Seven-month percentiles: the same whole number up to the 80th, then within a factor 1.5."""
    gaps = """
        SELECT date_diff('second', lag(ended_at) OVER (
                   PARTITION BY user_id ORDER BY started_at), started_at) / 3600 AS hours
        FROM sessions
    """
    for name, query, column in (
        ("session_size", "SELECT events FROM sessions", "events"),
        ("events_per_user", "SELECT count(*) AS events FROM events GROUP BY user_id", "events"),
        (
            "session_duration_min",
            "SELECT date_diff('second', started_at, ended_at) / 60 AS minutes FROM sessions "
            "WHERE events > 1",
            "minutes",
        ),
        ("hours_between_sessions_same_user", f"SELECT * FROM ({gaps}) WHERE hours > 0", "hours"),
    ):
        suffix = "_size_gt1_all7" if name == "session_duration_min" else "_all7"
        percentiles = published[f"{name}_percentiles{suffix}"]
        for label, figure in percentiles.items():
            if label == "max":
                continue
            share = float(label[1:]) / 100
            kind = "quantile_disc" if column == "events" else "quantile_cont"
            ((found,),) = _rows(database, f"SELECT {kind}({column}, {share}) FROM ({query})")
            is_whole = column == "events" and share <= 0.8
            yield Marginal("shape", f"{name} {label}", figure, found, 1 if is_whole else _TAIL)


def read_daily_events(path: Path) -> dict[str, int]:
    """Read the published rows by day."""
    _, *lines = path.read_text().split()
    return {day: int(rows) for day, rows in (line.split(",") for line in lines)}


def main() -> None:
    """Print all figures as a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=Path, help="a folder of raw files")
    parser.add_argument("published", type=Path, help="folder of the published figures")
    arguments = parser.parse_args()
    database = duckdb.connect()
    load_folder(database, arguments.events)
    published = json.loads((arguments.published / "published_statistics.json").read_text())
    daily = read_daily_events(arguments.published / "daily_events_2019-10_2019-11.csv")
    print("| | | published | simulated | ratio | |\n|---|---|---|---|---|---|")
    for row in compare(database, published, daily):
        met = "" if row.is_met else "missed"
        figures = f"{row.published:.4g} | {row.simulated:.4g} | {row.ratio:.2f}"
        print(f"| {row.group} | {row.name} | {figures} | {met} |")


if __name__ == "__main__":
    main()
