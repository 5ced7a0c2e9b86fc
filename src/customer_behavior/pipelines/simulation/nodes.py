"""Nodes of the simulation: the blocks of customers run as Spark tasks."""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from customer_behavior.datasets.session import get_session
from customer_behavior.pipelines.simulation.blocks import Block, Blocks
from customer_behavior.pipelines.simulation.parameters import (
    CUSTOMER_TYPES,
    INTENTS,
    SimulationParameters,
)
from customer_behavior.pipelines.simulation.raw_lines import LINES_SCHEMA, draw_lines

_SHARES = 10
_TYPES = (*CUSTOMER_TYPES, "bot")
# A last line as an interrupted download leaves it.
_CUT_LINE = "{day} 23:59:59 UTC,view,10000"

CUSTOMERS_SCHEMA = pa.schema(
    [
        ("user_id", pa.int64()),
        ("customer_type", pa.string()),
        ("session_rate", pa.float64()),
        ("purchase_log_odds", pa.float64()),
        ("interest", pa.string()),
        ("affinity", pa.int64()),
        ("price_tier", pa.int64()),
        ("mean_price", pa.float64()),
    ]
)
VISITS_SCHEMA = pa.schema(
    [
        ("user_id", pa.int64()),
        ("user_session", pa.string()),
        ("started_at", pa.timestamp("us", "UTC")),
        ("purchase_probability", pa.float64()),
        ("intent", pa.string()),
    ]
)

logger = logging.getLogger(__name__)


def describe_process(simulation_folder: str, parameters: SimulationParameters) -> dict[str, Any]:
    """Write down the law of the simulation; all else is drawn from what is written here.

    Args:
        simulation_folder: The folder to write to; that it was loaded shows that it is free.
        parameters: Parameters of the simulation.

    Returns:
        The parameters, which hold the population law, the calendar and the transition matrices,
        without those that only say where to write and how.
    """
    return parameters.model_dump(mode="json", exclude={"output", "compression"})


def simulate_lines(process: dict[str, Any]) -> Iterator[DataFrame]:
    """Draw all blocks and log the share that is done.

    Args:
        process: The law of the simulation.

    Yields:
        Shares of a table with one row per line of the raw files: ``event_time``, ``user_id``,
        ``line``, and in the first line of a block ``counts`` of what was planted in the block.
    """
    blocks = _blocks(process)
    wanted = blocks.parameters.events
    logger.info("Simulating about %d events of %d customers", wanted, blocks.customers)
    bounds = np.unique(np.linspace(0, blocks.number, _SHARES + 1).astype(int))
    for first, last in pairwise(bounds):
        yield _run(blocks, range(first, last), draw_lines, LINES_SCHEMA)
        logger.info("Simulated %d %% of the customers", 100 * last // blocks.number)


def order_lines(simulated_lines: DataFrame, process: dict[str, Any]) -> DataFrame:
    """Put all lines in the order of time, and cut the last one off.

    Args:
        simulated_lines: One row per line: ``event_time``, ``user_id``, ``line``.
        process: ``defects.truncated_last_line`` adds a line that ends too early.

    Returns:
        One row per line: ``event_date``, ``line``; those of a day in one partition, in order.
    """
    parameters = SimulationParameters.model_validate(process)
    columns = ("event_time", "user_id", "line")
    lines = simulated_lines.select(*columns)
    if parameters.defects.truncated_last_line:
        day = _last_day(parameters)
        cut = get_session().createDataFrame(
            [(f"{day} 23:59:59.9", 0, _CUT_LINE.format(day=day))], list(columns)
        )
        lines = lines.union(cut.withColumn("event_time", F.to_timestamp("event_time")))
    return (
        lines.withColumn("event_date", F.to_date("event_time"))
        .repartition("event_date")
        .sortWithinPartitions("event_date", *columns)
        .select("event_date", "line")
    )


def count_defects(simulated_lines: DataFrame, process: dict[str, Any]) -> dict[str, Any]:
    """Add up what was planted in the blocks.

    Args:
        simulated_lines: ``counts`` of each block, in its first line.
        process: ``defects.purchase_outages`` are listed as they are.

    Returns:
        ``rows`` by month, ``duplicates`` by type of event, ``quarantined`` by reason,
        ``views_with_price_zero``, ``shared_sessions``, ``lasting_sessions``, ``bots``,
        ``carts_lost`` and ``purchases_lost`` (events that were not logged), ``first_month``
        (``purchase_sessions``, and those of them ``without_cart``), ``purchase_outages``.
    """
    parameters = SimulationParameters.model_validate(process)
    total = (
        simulated_lines.filter(F.col("counts").isNotNull())
        .select(F.explode("counts").alias("name", "number"))
        .groupBy("name")
        .agg(F.sum("number").alias("number"))
        .orderBy("name")
    )
    defects: dict[str, Any] = {}
    for name, number in total.collect():
        thing, _, kind = name.partition(".")
        if kind:
            defects.setdefault(thing, {})[kind] = number
        else:
            defects[thing] = number
    if parameters.defects.truncated_last_line:
        defects["quarantined"]["malformed_row"] += 1
        defects["rows"][f"{_last_day(parameters):%Y-%m}"] += 1
    outages = parameters.defects.purchase_outages
    defects["purchase_outages"] = [[str(begin), str(end)] for begin, end in outages]
    return defects


def draw_customers(process: dict[str, Any]) -> DataFrame:
    """Draw the hidden customers again.

    Args:
        process: The law of the simulation.

    Returns:
        One row per customer, also those that never come: ``user_id``, ``customer_type``,
        ``session_rate`` (expected sessions in all of the calendar), ``purchase_log_odds`` (of the
        intent to buy in an average hour), ``interest``, ``affinity`` (number of the pair, -1 for
        none), ``price_tier``, ``mean_price`` (expected price of a purchase).
    """
    blocks = _blocks(process)
    return _run(blocks, range(blocks.number), _describe_customers, CUSTOMERS_SCHEMA)


def draw_visits(process: dict[str, Any]) -> DataFrame:
    """Draw the hidden visits again.

    Args:
        process: The law of the simulation.

    Returns:
        One row per visit, also those that leave no line: ``user_id``, ``user_session``,
        ``started_at``, ``purchase_probability`` (chance of the intent to buy, given customer and
        hour) and the ``intent`` that was drawn.
    """
    blocks = _blocks(process)
    return _run(blocks, range(blocks.number), _describe_visits, VISITS_SCHEMA)


def _blocks(process: dict[str, Any]) -> Blocks:
    return Blocks(SimulationParameters.model_validate(process))


def _run(blocks: Blocks, numbers: range, draw: Any, schema: pa.Schema) -> DataFrame:
    """Draw blocks as Spark tasks: the result does not depend on how they are spread."""
    session = get_session()

    def draw_each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column("id").to_pylist():
                yield draw(blocks, number)

    tasks = min(len(numbers), 2 * session.sparkContext.defaultParallelism)
    ids = session.range(numbers.start, numbers.stop, 1, tasks)
    return ids.mapInArrow(draw_each, from_arrow_schema(schema))


def _describe_customers(blocks: Blocks, number: int) -> pa.RecordBatch:
    customers = blocks.draw(number).customers
    expected_price = blocks.shop.expected_prices()
    return pa.RecordBatch.from_arrays(
        [
            pa.array(customers.user_id),
            pa.array(np.array(_TYPES)[customers.type]),
            pa.array(customers.rate),
            pa.array(customers.purchase_log_odds),
            pa.array(blocks.shop.interests[customers.interest]),
            pa.array(customers.pair),
            pa.array(customers.tier),
            pa.array(expected_price[customers.interest, customers.pair + 1, customers.tier]),
        ],
        schema=CUSTOMERS_SCHEMA,
    )


def _describe_visits(blocks: Blocks, number: int) -> pa.RecordBatch:
    block: Block = blocks.draw(number)
    visits = block.visits
    return pa.RecordBatch.from_arrays(
        [
            pa.array(block.customers.user_id[visits.customer]),
            visits.session_text(),
            pa.array(visits.started_at * 1_000_000, pa.timestamp("us", "UTC")),
            pa.array(visits.purchase_probability),
            pa.array(np.array(INTENTS)[visits.intent]),
        ],
        schema=VISITS_SCHEMA,
    )


def _last_day(parameters: SimulationParameters) -> date:
    return parameters.calendar.first_day + timedelta(days=parameters.calendar.days - 1)
