"""Blocks of customers as Spark tasks."""

from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema

from customer_behavior.datasets.session import get_session
from customer_behavior.pipelines.simulation.blocks import Blocks


def run_blocks(
    blocks: Blocks,
    numbers: range,
    draw: Callable[[Blocks, int], pa.RecordBatch],
    schema: pa.Schema,
) -> DataFrame:
    """Draw blocks as Spark tasks; the rows do not depend on how they are spread.

    Args:
        blocks: The laws.
        numbers: Which blocks.
        draw: What to draw of a block, given its number.
        schema: Columns of what is drawn.

    Returns:
        The rows of all blocks.
    """

    def draw_each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column("id").to_pylist():
                yield draw(blocks, number)

    session = get_session()
    tasks = min(len(numbers), 2 * session.sparkContext.defaultParallelism)
    ids = session.range(numbers.start, numbers.stop, 1, tasks)
    return ids.mapInArrow(draw_each, from_arrow_schema(schema))
