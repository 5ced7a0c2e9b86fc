"""Simulated events without Spark, for tests."""

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import yaml

from customer_behavior.pipelines.simulation.blocks import Blocks
from customer_behavior.pipelines.simulation.parameters import SimulationParameters
from customer_behavior.pipelines.simulation.process import describe_process
from customer_behavior.pipelines.simulation.raw_lines import draw_lines
from support import HEADER

PARAMETERS = Path(__file__).parents[1] / "conf/base/parameters/simulation.yml"

NO_DEFECTS = {
    "duplicates": {},
    "lost_carts": {},
    "purchase_outages": [],
    "zero_price_views": 0,
    "shared_sessions": 0,
    "lasting_sessions": 0,
    "bots": {"share": 0, "sessions": 1},
    "malformed_lines": 0,
    "truncated_last_line": False,
}


def simulation_parameters(**changes):
    """The project's parameters; a change of a mapping changes the keys that it names."""
    settings = yaml.safe_load(PARAMETERS.read_text())["simulation"]
    settings = {name: settings[name] for name in settings if name not in ("output", "compression")}
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(settings.get(name), dict)
        settings[name] = settings[name] | value if both else value
    return SimulationParameters.model_validate(settings)


def process_of(parameters):
    """The law of the simulation, written down and read again."""
    return json.loads(json.dumps(describe_process(parameters)))


def simulate(parameters):
    """All lines as an Arrow table, in the order of the blocks."""
    blocks = Blocks(parameters)
    return pa.Table.from_batches([draw_lines(blocks, number) for number in range(blocks.number)])


def texts(table):
    """The lines themselves."""
    return table.column("line").drop_null().to_pylist()


def counts(lines):
    """What was planted, added up over the blocks."""
    total = {}
    for block in lines.column("counts").drop_null().to_pylist():
        for name, number in block:
            total[name] = total.get(name, 0) + number
    return total


def write_months(lines, folder):
    """Write the lines as files in the format of the real ones."""
    lines = lines.filter(pc.field("line").is_valid())
    folder.mkdir(parents=True)
    months = {"2019-10": "2019-Oct.csv", "2019-11": "2019-Nov.csv"}
    rows = sorted(lines.select(["event_time", "line"]).to_pylist(), key=lambda row: str(row))
    for month, name in months.items():
        of_month = [row["line"] for row in rows if f"{row['event_time']:%Y-%m}" == month]
        (folder / name).write_text("\n".join([HEADER, *of_month]) + "\n")
    return folder


def good_events(lines):
    """Distinct good events as a pandas table."""
    database = duckdb.connect()
    database.register("lines", lines.select(["line"]))
    return database.execute("""
        SELECT DISTINCT strptime(f[1], '%Y-%m-%d %H:%M:%S UTC') AS event_time, f[2] AS event_type,
               f[3]::BIGINT AS product_id, f[4]::BIGINT AS category_id, f[5] AS category_code,
               nullif(f[7]::DOUBLE, 0) AS price, f[8]::BIGINT AS user_id, f[9] AS user_session
        FROM (SELECT string_split(line, ',') AS f FROM lines WHERE line IS NOT NULL)
        WHERE len(f) = 9 AND f[2] IN ('view', 'cart', 'purchase') AND f[8] <> '' AND f[9] <> ''
          AND length(f[1]) = 23 AND f[7][1] <> '-' AND NOT contains(f[3], '.')
          AND NOT contains(f[4], '+')
        ORDER BY ALL
    """).fetchdf()
