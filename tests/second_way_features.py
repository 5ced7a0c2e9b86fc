"""A second way to the feature tables: docs/data-dictionary.md, "Features", in SQL for DuckDB.

`prepare` loads what the tables are made of, `create` makes one of `TABLES`; they need each other in
that order. Braces stand for parameters and for what the calendar says.
"""

from decimal import Decimal

import duckdb
import pandas as pd

SOURCES = """
SET TimeZone = 'UTC';
CREATE OR REPLACE TEMP VIEW events AS
SELECT * REPLACE (event_time::TIMESTAMP AS event_time)
FROM read_parquet('{events}', hive_partitioning = true);
CREATE OR REPLACE TEMP TABLE outages AS
SELECT "start"::TIMESTAMP AS outage_start, "end"::TIMESTAMP AS outage_end FROM given_outages;
CREATE OR REPLACE TEMP TABLE snapshots AS
SELECT snapshot_date::DATE AS snapshot_date, role::VARCHAR AS role FROM given_calendar
WHERE snapshot_date IS NOT NULL AND role IS NOT NULL;
CREATE OR REPLACE TEMP MACRO split_role(whole, user_id) AS CASE
    WHEN whole <> 'validation' THEN whole
    WHEN md5(user_id::VARCHAR) < '8' THEN 'select' ELSE 'calibrate' END;
CREATE OR REPLACE TEMP MACRO overlap(begin_1, end_1, begin_2, end_2) AS
    greatest(0, date_diff('microsecond', greatest(begin_1, begin_2), least(end_1, end_2)));
CREATE OR REPLACE TEMP MACRO purchase_days(days, day) AS days - (
    SELECT coalesce(sum(overlap(day - days::INT, day, outage_start, outage_end)), 0) FROM outages
) / 86400e6;
"""

IMPUTATION_VALUES = """
WITH groups AS (
    SELECT product_id, category_id, category_code, brand,
        count(*) AS events, count(price) AS prices, sum(price) AS price_sum
    FROM events WHERE event_time < {reference_end} GROUP BY ALL
), keyed AS (
    SELECT unnest(['product', 'category', 'global']) AS level,
        unnest([product_id, category_id, NULL]) AS key, groups.*
    FROM groups
), means AS (
    SELECT level, key, sum(price_sum) / nullif(sum(prices), 0) AS price FROM keyed GROUP BY ALL
), counts AS (
    SELECT level, key, name, value, sum(events) AS events
    FROM (FROM keyed UNPIVOT (value FOR name IN (category_code, brand)))
    WHERE (level = 'global') = ('{categorical}' = 'global_mode') GROUP BY ALL
), modes AS (
    SELECT level, key,
        first(value ORDER BY events DESC, value) FILTER (name = 'category_code') AS category_code,
        first(value ORDER BY events DESC, value) FILTER (name = 'brand') AS brand
    FROM counts GROUP BY ALL
)
SELECT means.level, means.key,
    coalesce(category_code, if(means.level = 'global', 'unknown', NULL)) AS category_code,
    coalesce(brand, if(means.level = 'global', 'unknown', NULL)) AS brand, price
FROM means LEFT JOIN modes ON means.level = modes.level AND means.key IS NOT DISTINCT FROM modes.key
"""

FILLED = """
    SELECT events.* REPLACE (
            coalesce(events.category_code, p.category_code, c.category_code, g.category_code)
                AS category_code,
            coalesce(events.brand, p.brand, c.brand, g.brand) AS brand,
            coalesce(events.price, p.price, c.price, g.price) AS price),
        events.category_code IS NULL AS category_was_missing,
        events.brand IS NULL AS brand_was_missing, events.price IS NULL AS price_was_missing,
        coalesce(c.price, g.price) AS usual_price
    FROM events
    LEFT JOIN (FROM imputation_values WHERE level = 'product') AS p ON product_id = p.key
    LEFT JOIN (FROM imputation_values WHERE level = 'category') AS c ON category_id = c.key
    LEFT JOIN (FROM imputation_values WHERE level = 'global') AS g ON true
"""

FREQUENCIES = f"""
WITH filled AS ({FILLED})
SELECT column_name, value, count(*) AS events
FROM (SELECT brand, category_code, event_type FROM filled WHERE event_time < {{reference_end}})
UNPIVOT (value FOR column_name IN (brand, category_code, event_type)) GROUP BY ALL
"""

EVENT_FEATURES = f"""
WITH filled AS ({FILLED})
SELECT event_time, event_date, event_type, product_id, category_id, user_id, user_session,
    category_code, brand, price, category_was_missing, brand_was_missing, price_was_missing,
    split_part(category_code, '.', 1) AS category_l1,
    hour(event_time)::INT AS hour, isodow(event_time)::INT AS day_of_week,
    coalesce(b.events, 0) AS brand_frequency, coalesce(k.events, 0) AS category_frequency,
    price / nullif(usual_price, 0) AS relative_price, event_month
FROM filled
LEFT JOIN frequencies AS b ON b.column_name = 'brand' AND brand = b.value
LEFT JOIN frequencies AS k ON k.column_name = 'category_code' AND category_code = k.value
"""

GAPS = """
    SELECT *, date_diff('second', lag(event_time) OVER (
        PARTITION BY user_id, user_session ORDER BY event_time), event_time) AS gap
    FROM event_features
"""

EVENT_COUNTS = """
        count(*) FILTER (event_type = 'view') AS views,
        count(*) FILTER (event_type = 'cart') AS carts,
        count(*) FILTER (event_type = 'purchase') AS purchases"""

ACTIVITY = f"""{EVENT_COUNTS},
        coalesce(sum(least(gap, {{idle_seconds}})) FILTER (gap IS NOT NULL), 0)::BIGINT
            AS active_seconds,
        coalesce(sum(price) FILTER (event_type = 'purchase'), 0) AS revenue"""

MAINS = """
    SELECT {key}, max(struct_pack(events, category_code, brand)) AS main FROM (
        SELECT {key}, category_code, brand, count(*) AS events FROM event_features GROUP BY ALL)
    GROUP BY ALL
"""

CUSTOMER_DAYS = f"""
WITH gaps AS ({GAPS}), mains AS ({MAINS.format(key="user_id, event_date")}), days AS (
    SELECT user_id, event_date, {ACTIVITY},
        count(DISTINCT user_session) AS sessions,
        count(gap) AS gaps, count(*) FILTER (gap <= {{bot_gap_seconds}}) AS quick_gaps,
        list_sort(list(DISTINCT category_id)) AS category_ids,
        sum(sin(2 * pi() * hour / 24)) AS hour_sin, sum(cos(2 * pi() * hour / 24)) AS hour_cos,
        coalesce(sum(relative_price), 0) AS relative_price_sum,
        count(relative_price) AS relative_price_events,
        max(event_time) FILTER (event_type = 'view') AS last_view_at,
        max(event_time) FILTER (event_type = 'cart') AS last_cart_at,
        max(event_time) FILTER (event_type = 'purchase') AS last_purchase_at
    FROM gaps GROUP BY user_id, event_date
)
SELECT user_id, event_date, views, carts, purchases, sessions, active_seconds, gaps, quick_gaps,
    revenue, category_ids, main.category_code AS main_category, main.brand AS main_brand,
    main.events AS main_events, hour_sin, hour_cos, relative_price_sum, relative_price_events,
    last_view_at, last_cart_at, last_purchase_at,
    sessions >= {{bot_sessions_per_day}} OR views + carts + purchases >= {{bot_events_per_day}}
        OR coalesce(sum(gaps) OVER history >= {{bot_gaps}} AND (sum(quick_gaps) OVER history)
            / nullif(sum(gaps) OVER history, 0) >= {{bot_quick_share}}::DOUBLE, false)
        AS is_suspected_bot
FROM days JOIN mains USING (user_id, event_date)
WINDOW history AS (PARTITION BY user_id ORDER BY event_date
    RANGE BETWEEN INTERVAL ({{history_days}} - 1) DAYS PRECEDING AND CURRENT ROW)
"""

SESSIONS = f"""
WITH gaps AS ({GAPS}), mains AS ({MAINS.format(key="user_id, user_session")}), visits AS (
    SELECT user_id, user_session, {ACTIVITY},
        min(event_time) AS started_at, max(event_time) AS ended_at,
        count(DISTINCT product_id) AS products, count(DISTINCT category_id) AS categories,
        count(DISTINCT brand) AS brands
    FROM gaps GROUP BY user_id, user_session
)
SELECT user_id, user_session, started_at, ended_at, visits.active_seconds, visits.views,
    visits.carts, visits.purchases, products, categories, brands, visits.revenue,
    main.category_code AS main_category, main.brand AS main_brand,
    hour(started_at)::INT AS hour, isodow(started_at)::INT AS day_of_week,
    strftime(started_at, '%Y-%m') AS event_month, is_suspected_bot
FROM visits JOIN mains USING (user_id, user_session)
JOIN customer_days ON visits.user_id = customer_days.user_id AND started_at::DATE = event_date
"""

RATES = """
    SELECT coalesce(carts / nullif(views, 0), 0) AS carts_per_view,
        least(coalesce(purchases / nullif(carts, 0), 0), 1) AS purchases_per_cart,
        coalesce(purchases / nullif(views, 0), 0) AS purchases_per_view
    FROM (SELECT coalesce(sum(events) FILTER (value = 'view'), 0) AS views,
            coalesce(sum(events) FILTER (value = 'cart'), 0) AS carts,
            coalesce(sum(events) FILTER (value = 'purchase'), 0) AS purchases
        FROM frequencies WHERE column_name = 'event_type')
"""

LONG_RUN_RATES = """
    long_sessions / observed AS long_run_sessions_per_day,
    long_views / observed AS long_run_views_per_day,
    long_carts / observed AS long_run_carts_per_day,
    coalesce(long_purchases / nullif(purchase_days(observed, {day}), 0), 0)
        AS long_run_purchases_per_day,
    (long_purchases + {{smoothing_events}} * purchases_per_view)
        / (long_views + {{smoothing_events}}) AS long_run_conversion"""

#: Columns of customer_snapshots by window: of each customer, of categories, of the calendar, last.
WINDOW_SUMS = "".join(
    f"coalesce(sum({name}) FILTER (days_ago <= {{w}}), 0)::{type_} AS {name}_{{w}}, "
    for name, type_ in [
        *((name, "BIGINT") for name in ("views", "carts", "purchases", "sessions")),
        ("active_seconds", "BIGINT"),
        ("revenue", "DOUBLE"),
    ]
)
WINDOW_SUMS += "count(*) FILTER (days_ago <= {w}) AS active_days_{w}, "
WINDOW_CATEGORIES = "count(*) FILTER (days_ago <= {w}) AS categories_{w}, "
WINDOW_SHARES = """
    (overlap(snapshot_date - {w}, snapshot_date, {data_start}, {data_end})
        - coalesce(sum(overlap(greatest(snapshot_date - {w}, {data_start}),
            least(snapshot_date, {data_end}), outage_start, outage_end))
            FILTER (outage_start IS NOT NULL), 0)
    ) / ({w} * 86400e6) AS purchase_observable_share_{w}, """
WINDOW_COLUMNS = """
    views_{w}, carts_{w}, purchases_{w}, sessions_{w}, active_seconds_{w}, revenue_{w},
    active_days_{w}, categories_{w}, greatest(carts_{w} - purchases_{w}, 0) AS carts_not_bought_{w},
    purchase_observable_share_{w},
    coalesce(purchases_{w} / nullif({w} * purchase_observable_share_{w}, 0), 0)
        AS purchases_per_day_{w},
    coalesce(revenue_{w} / nullif({w} * purchase_observable_share_{w}, 0), 0)
        AS revenue_per_day_{w}, """

CUSTOMER_SNAPSHOTS = f"""
WITH days AS (
    SELECT snapshot_date, days_ago, customer_days.*
    FROM snapshots CROSS JOIN range(1 - {{horizon_days}}, {{history_days}} + 1) AS r(days_ago)
    JOIN customer_days ON event_date = snapshot_date - days_ago::INT
), histories AS (
    SELECT user_id, snapshot_date, {{window_sums}}
        sum(views) AS views, sum(carts) AS carts, sum(purchases) AS purchases,
        max(last_view_at) AS view_at, max(last_cart_at) AS cart_at,
        max(last_purchase_at) AS purchase_at,
        max(struct_pack(main_events, main_category, main_brand)) AS favourite,
        (atan2(round(sum(hour_sin), 9) + 0, round(sum(hour_cos), 9) + 0) * 12 / pi() + 24) % 24
            AS usual_hour,
        coalesce(sum(relative_price_sum) / nullif(sum(relative_price_events), 0), 1) AS price_level,
        bool_or(is_suspected_bot) AS is_suspected_bot
    FROM days WHERE days_ago > 0 GROUP BY user_id, snapshot_date
), categories AS (
    SELECT user_id, snapshot_date, {{window_categories}} FROM (
        SELECT user_id, snapshot_date, category_id, min(days_ago) AS days_ago FROM (
            SELECT user_id, snapshot_date, unnest(category_ids) AS category_id, days_ago
            FROM days WHERE days_ago > 0) GROUP BY ALL)
    GROUP BY user_id, snapshot_date
), labels AS (
    SELECT user_id, snapshot_date, sum(purchases) > 0 AS purchased, sum(revenue) AS spend
    FROM days WHERE days_ago <= 0 GROUP BY user_id, snapshot_date
), long_runs AS (
    SELECT user_id, snapshot_date, sum(sessions) AS long_sessions, sum(views) AS long_views,
        sum(carts) AS long_carts, sum(purchases) AS long_purchases,
        snapshot_date - greatest(snapshot_date - {{long_run_days}}, {{data_start}}) AS observed
    FROM snapshots JOIN customer_days
        ON event_date < snapshot_date AND event_date >= snapshot_date - {{long_run_days}}
    GROUP BY user_id, snapshot_date
), shares AS (
    SELECT snapshot_date, role, {{window_shares}}
    FROM snapshots LEFT JOIN outages ON true GROUP BY snapshot_date, role
), rates AS ({RATES})
SELECT user_id, snapshot_date, split_role(role, user_id) AS role,
    {{window_columns}}
    coalesce(date_diff('second', view_at, snapshot_date) / 86400, {{history_days}})
        AS days_since_view,
    coalesce(date_diff('second', cart_at, snapshot_date) / 86400, {{history_days}})
        AS days_since_cart,
    coalesce(date_diff('second', purchase_at, snapshot_date) / 86400, {{history_days}})
        AS days_since_purchase,
    (carts + {{smoothing_events}} * carts_per_view) / (views + {{smoothing_events}})
        AS view_to_cart_rate,
    (purchases + {{smoothing_events}} * purchases_per_cart) / (carts + {{smoothing_events}})
        AS cart_to_purchase_rate,
    {LONG_RUN_RATES.format(day="snapshot_date")},
    favourite.main_category AS favourite_category, favourite.main_brand AS favourite_brand,
    coalesce(k.events, 0) AS favourite_category_frequency,
    coalesce(b.events, 0) AS favourite_brand_frequency,
    usual_hour, price_level, is_suspected_bot,
    if(role = 'score', NULL, coalesce(purchased, false)) AS purchased_next,
    if(role = 'score', NULL, coalesce(spend, 0)) AS spend_next
FROM histories JOIN categories USING (user_id, snapshot_date)
JOIN long_runs USING (user_id, snapshot_date) JOIN shares USING (snapshot_date)
LEFT JOIN labels USING (user_id, snapshot_date) CROSS JOIN rates
LEFT JOIN frequencies AS k ON k.column_name = 'category_code' AND favourite.main_category = k.value
LEFT JOIN frequencies AS b ON b.column_name = 'brand' AND favourite.main_brand = b.value
"""

SESSION_PREFIXES = f"""
WITH numbered AS (
    SELECT *, row_number() OVER visit AS k, lag(product_id) OVER visit AS product_before,
        min(event_time) OVER whole AS started_at, lag(event_time) OVER visit AS previous_at,
        min(event_time) FILTER (event_type = 'purchase') OVER whole AS purchase_at,
        count(*) FILTER (event_type = 'purchase') OVER visit AS purchases
    FROM event_features
    WHERE (user_id, user_session) IN (
        SELECT (user_id, user_session) FROM sessions WHERE ended_at >= {{reference_end}})
    WINDOW whole AS (PARTITION BY user_id, user_session),
        visit AS (PARTITION BY user_id, user_session
            ORDER BY event_time, list_position(['view', 'cart', 'purchase'], event_type),
                product_id, price, category_id, category_code, brand
            ROWS UNBOUNDED PRECEDING)
), running AS (
    SELECT *, event_date AS day,
        count(*) FILTER (event_type = 'view') OVER visit AS views,
        count(*) FILTER (event_type = 'cart') OVER visit AS carts,
        count(DISTINCT product_id) OVER visit AS products,
        count(DISTINCT category_id) OVER visit AS categories,
        k + 1 - max(k) FILTER (product_id IS DISTINCT FROM product_before) OVER visit
            AS same_product_streak,
        min(price) OVER visit AS least_price, max(price) OVER visit AS largest_price
    FROM numbered WHERE k <= {{most_events_seen}} AND purchases = 0
    WINDOW visit AS (
        PARTITION BY user_id, user_session ORDER BY k ROWS UNBOUNDED PRECEDING)
), prefixes AS (
    SELECT *, event_time + INTERVAL {{label_hours}} HOURS AS label_end,
        EXISTS (FROM outages WHERE outage_start < label_end AND outage_end > event_time)
            AS is_outage,
        CASE WHEN day < {{validation_start}} THEN 'train'
            WHEN day < {{test_start}} THEN 'validation' ELSE 'test' END AS part,
        CASE part WHEN 'train' THEN {{validation_start}}
            WHEN 'validation' THEN {{test_start}} END AS border
    FROM running WHERE k IN {{events_seen}} AND event_time >= {{reference_end}}
), past AS (
    SELECT user_id, event_date, count(*) OVER history AS past_days,
        coalesce(sum(sessions) OVER history, 0)::BIGINT AS past_sessions,
        coalesce(sum(views) OVER history, 0)::BIGINT AS past_views,
        coalesce(sum(carts) OVER history, 0)::BIGINT AS past_carts,
        coalesce(sum(purchases) OVER history, 0)::BIGINT AS past_purchases,
        coalesce(sum(revenue) OVER history, 0) AS past_revenue,
        coalesce(event_date - max(event_date) OVER history, {{history_days}} + 1)::INT
            AS days_since_last_visit,
        coalesce(bool_or(is_suspected_bot) OVER history, false) AS is_suspected_bot
    FROM customer_days
    WINDOW history AS (PARTITION BY user_id ORDER BY event_date
        RANGE BETWEEN INTERVAL {{history_days}} DAYS PRECEDING AND INTERVAL 1 DAY PRECEDING)
), long_runs AS (
    SELECT today.user_id, today.event_date,
        today.event_date - greatest(today.event_date - {{long_run_days}}, {{data_start}})
            AS observed,
        coalesce(sum(earlier.sessions), 0) AS long_sessions,
        coalesce(sum(earlier.views), 0) AS long_views,
        coalesce(sum(earlier.carts), 0) AS long_carts,
        coalesce(sum(earlier.purchases), 0) AS long_purchases
    FROM customer_days AS today LEFT JOIN customer_days AS earlier
        ON today.user_id = earlier.user_id AND earlier.event_date < today.event_date
        AND earlier.event_date >= today.event_date - {{long_run_days}}
    GROUP BY today.user_id, today.event_date
), rates AS ({RATES})
SELECT user_id, user_session, k, event_time AS known_at, views, carts,
    date_diff('second', started_at, event_time) AS seconds_since_start,
    coalesce(date_diff('second', previous_at, event_time), 0) AS seconds_since_last,
    products, k - products AS repeated_products, categories, same_product_streak,
    price, relative_price, least_price, largest_price, hour, day_of_week,
    category_code, brand, category_frequency, brand_frequency,
    past_days, past_sessions, past_views, past_carts, past_purchases, past_revenue,
    days_since_last_visit,
    (past_purchases + {{smoothing_events}} * purchases_per_view)
        / (past_views + {{smoothing_events}}) AS past_conversion,
    {LONG_RUN_RATES.format(day="event_date")},
    is_suspected_bot, coalesce(purchase_at <= label_end, false) AS purchases_later,
    CASE WHEN label_end > border THEN 'role boundary'
        WHEN is_outage THEN 'outage'
        WHEN label_end > {{data_end}} THEN 'end of data' END AS left_out,
    if(left_out IS NULL, split_role(part, user_id), NULL) AS role
FROM prefixes JOIN past USING (user_id, event_date)
JOIN long_runs USING (user_id, event_date) CROSS JOIN rates
"""

CATEGORY_DAYS = f"""
SELECT category_l1, event_date, {EVENT_COUNTS},
    coalesce(sum(price) FILTER (event_type = 'purchase'), 0) AS revenue,
    count(DISTINCT user_id) AS users, event_date IN (
        SELECT event_date FROM (SELECT DISTINCT event_date FROM event_features) JOIN outages
        ON outage_start < event_date + 1 AND outage_end > event_date) AS is_outage
FROM event_features GROUP BY category_l1, event_date
"""

BASKETS = """
SELECT user_id, if(event_time >= {validation_snapshot}, 'later', 'fit') AS period,
    list_sort(list(DISTINCT {item})) AS items
FROM event_features WHERE event_type IN {event_types} AND {item} IS NOT NULL GROUP BY ALL
"""

TABLES = {
    "imputation_values": IMPUTATION_VALUES,
    "frequencies": FREQUENCIES,
    "event_features": EVENT_FEATURES,
    "customer_days": CUSTOMER_DAYS,
    "sessions": SESSIONS,
    "customer_snapshots": CUSTOMER_SNAPSHOTS,
    "session_prefixes": SESSION_PREFIXES,
    "category_days": CATEGORY_DAYS,
    "baskets": BASKETS,
}


def rebuild(events, outages, calendar, parameters, connection=None):
    """All tables but event_features, which stays in the connection, by name."""
    connection = connection or duckdb.connect()
    settings = prepare(connection, events, outages, calendar, parameters)
    for name in TABLES:
        create(connection, name, settings)
    return {name: connection.table(name).df() for name in TABLES if name != "event_features"}


def create(connection, name, settings):
    query = TABLES[name].format_map(settings)
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS {query}")


def prepare(connection, events, outages, calendar, parameters):
    """Load the sources, and return what stands in the braces of the queries."""
    outages = outages[["start", "end"]].astype("datetime64[us]")
    roles = calendar[["snapshot_date", "role"]].astype({"snapshot_date": "datetime64[us]"})
    connection.register("given_outages", outages)
    connection.register("given_calendar", roles)
    connection.execute(SOURCES.format(events=events))
    start, end, reference = (
        pd.Timestamp(calendar[name].iloc[0]) for name in ("data_start", "data_end", "reference_end")
    )
    validation = roles.loc[roles["role"] == "validation", "snapshot_date"].dropna()
    prefixes, baskets = parameters["prefixes"], parameters["baskets"]
    train, select = (Decimal(str(prefixes[f"{name}_share"])) for name in ("train", "validation"))
    validation_start, test_start = (
        reference + pd.Timedelta(days=int((end - reference).days * share))
        for share in (train, train + select)
    )
    settings = {
        **parameters["calendar"],
        **parameters["imputation"],
        **parameters["customers"],
        **prefixes,
        "events_seen": _list(prefixes["events_seen"]),
        "most_events_seen": max(prefixes["events_seen"]),
        "item": baskets["item"],
        "event_types": _list(baskets["event_types"]),
        "data_start": _date(start),
        "data_end": _date(end),
        "reference_end": _date(reference),
        "validation_start": _date(validation_start),
        "test_start": _date(test_start),
        "validation_snapshot": _date(*validation) if len(validation) else "'infinity'::TIMESTAMP",
    }
    for name, text in {
        "window_sums": WINDOW_SUMS,
        "window_categories": WINDOW_CATEGORIES,
        "window_shares": WINDOW_SHARES,
        "window_columns": WINDOW_COLUMNS,
    }.items():
        windows = parameters["customers"]["windows"]
        settings[name] = "".join(text.format(w=w, **settings) for w in windows)
    return settings


def _list(values):
    return f"({', '.join(map(repr, values))})"


def _date(time):
    return f"DATE '{pd.Timestamp(time):%Y-%m-%d}'"


def build_calendar(first_event, last_event, outages, parameters):
    """The table snapshot_calendar; reasons are in words of its own."""
    settings = parameters["calendar"]
    history, horizon, step = (
        pd.Timedelta(days=settings[f"{name}_days"]) for name in ("history", "horizon", "step")
    )
    start = pd.Timestamp(first_event).normalize()
    end = pd.Timestamp(last_event).normalize() + pd.Timedelta(days=1)
    rows, outages = [], outages[["start", "end"]].astype("datetime64[us]")
    for date in pd.date_range(end, start, freq=-step):
        lost = outages["end"].clip(upper=date + horizon) - outages["start"].clip(lower=date)
        share = lost.clip(lower=pd.Timedelta(0)).sum() / horizon
        reason = None
        if date != end and date - history < start:
            reason = "history begins before the data"
        elif date != end and share > settings["max_outage_share"]:
            reason = "purchase outage"
        rows.append([date, None, reason, date - history, date + horizon, share])
    rows[0][1] = "score"
    rest, border = [row for row in rows[1:] if row[2] is None], end
    for role in ("test", "validation", "train"):
        fit = [row for row in rest if row[4] <= border] if border is not None else []
        for row in fit if role == "train" else fit[:1]:
            row[1] = role
        border = fit[0][0] if fit else None
        if not fit:
            rows.append([None, role, "no snapshot fits", None, None, None])
    for row in rest:
        row[2] = None if row[1] else "labels reach beyond the next role"
    columns = ["snapshot_date", "role", "reason", "history_start", "label_end", "outage_share"]
    calendar = pd.DataFrame(rows, columns=columns)
    filled = calendar[calendar["role"].notna() & calendar["snapshot_date"].notna()]
    train = filled[filled["role"] == "train"]
    reference = (filled if train.empty else train)["snapshot_date"].min()
    return calendar.assign(data_start=start, data_end=end, reference_end=reference)
