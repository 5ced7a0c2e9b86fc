"""Plain random events in the format of the raw files, for the benchmark and the small sample.

Nothing is planted in them: sessions of five events, of customers and products drawn evenly, some
exact duplicates and some damaged lines.
"""

import argparse
from pathlib import Path

import duckdb

_MONTHS = {"2019-Oct": ("2019-10-01", 31), "2019-Nov": ("2019-11-01", 30)}


def write_random_events(folder: Path, events: int, *, compress: bool = False) -> None:
    """Write two months with about ``events`` rows in all, sorted by time."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, (start, days)) in enumerate(_MONTHS.items()):
        rows = _rows(number, start, days, events // 2)
        ending = "csv.gz" if compress else "csv"
        duckdb.connect().execute(f"COPY ({rows}) TO '{folder / name}.{ending}' (HEADER)")


def _rows(month: int, start: str, days: int, events: int) -> str:
    sessions, customers, products = events // 5, max(events // 11, 10), max(events // 500, 200)
    return f"""
        WITH sessions AS (
            SELECT i, hash(i, {month}, 1) AS who, hash(i, {month}, 2) AS started,
                   hash(i, {month}, 3) AS pace
            FROM range({sessions}) AS numbers(i)
        ), drawn AS (
            SELECT *, hash(i, {month}, 4, step) AS draw
            FROM sessions, range(5) AS steps(step)
        ), named AS (
            SELECT *, (draw % {products})::BIGINT AS product, draw // 1000000 % 1000 AS kind
            FROM drawn
        ), clean AS (
            SELECT strftime(
                       TIMESTAMP '{start}' + to_seconds(
                           (started % ({days} * 86400 - 600))::BIGINT
                           + step * (20 + pace % 100)::BIGINT
                       ), '%Y-%m-%d %H:%M:%S UTC'
                   ) AS event_time,
                   CASE WHEN kind < 949 THEN 'view' WHEN kind < 985 THEN 'cart'
                        ELSE 'purchase' END AS event_type,
                   1000000 + product AS product_id,
                   2053013552326770905 + product % 691 AS category_id,
                   CASE WHEN product % 691 % 3 > 0
                        THEN 'group' || product % 691 % 13 || '.kind' || product % 691 % 129
                   END AS category_code,
                   CASE WHEN product % 7 > 0 THEN 'brand' || product % 4000 END AS brand,
                   printf('%.2f', (100 + hash(product) % 257307) / 100.0) AS price,
                   512000000 + (who % {customers})::BIGINT AS user_id,
                   printf('%08x-%04x-4%03x-8%03x-%012x', who % 4294967296, started % 65536,
                          started // 65536 % 4096, pace % 4096, pace // 4096 % 281474976710656
                   ) AS user_session,
                   draw
            FROM named
        ), damaged AS (
            SELECT * REPLACE (CASE WHEN draw % 2003 = 0 THEN '-1' ELSE price END AS price)
            FROM clean
        )
        SELECT * EXCLUDE (draw)
        FROM (FROM damaged UNION ALL (FROM damaged WHERE draw % 841 = 0))
        ORDER BY event_time, draw
    """


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--compress", action="store_true", help="write .csv.gz")
    arguments = parser.parse_args()
    write_random_events(arguments.folder, arguments.events, compress=arguments.compress)
