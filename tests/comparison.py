"""What two runs of the pipelines left, compared."""

import base64
import math
from dataclasses import asdict

import numpy as np
import pandas as pd
from kedro.framework.project import pipelines
from kedro.io import MemoryDataset
from plotly.basedatatypes import BaseFigure
from pyspark.sql import DataFrame


def assert_same_outputs(one, other):
    """Compare everything that all pipelines persist, by two projects on this computer."""
    names = persisted_outputs(one)
    assert names
    for name in names:
        assert_same(comparable(one.load(name)), comparable(other.load(name)), name)


def persisted_outputs(project):
    """Names of the outputs of `kedro run` that the catalog keeps."""
    catalog = project.catalog()
    return [
        name
        for name in sorted(pipelines["__default__"].all_outputs())
        if not isinstance(catalog.get(name), MemoryDataset)
    ]


def comparable(data):
    """Tables as sorted pandas tables; landed files without where they lie."""
    if isinstance(data, DataFrame):
        data = data.toPandas()
    if isinstance(data, BaseFigure):
        return with_numbers(data.to_dict())
    if isinstance(data, pd.DataFrame):
        return data.sort_values(list(data.columns), key=rounded, ignore_index=True)
    if isinstance(data, list):
        return [
            {k: v for k, v in asdict(file).items() if not k.startswith("path")} for file in data
        ]
    return data


def with_numbers(part):
    """A part of a figure, its packed arrays as lists."""
    if isinstance(part, dict) and "bdata" in part:
        return np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"]).tolist()
    if isinstance(part, dict):
        return {name: with_numbers(value) for name, value in part.items()}
    if isinstance(part, np.ndarray):
        return part.tolist()
    return [with_numbers(value) for value in part] if isinstance(part, list | tuple) else part


def rounded(column):
    """Rows are sorted by what rounding errors do not change."""
    if pd.api.types.is_float_dtype(column):
        return column.map(lambda value: f"{value:.6g}")
    return column.astype(str)


def assert_same(one, other, where):
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, rtol=1e-9, obj=where)
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            assert_same(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), where
        for number, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f"{where}[{number}]")
    elif isinstance(one, float) and math.isnan(one):
        assert math.isnan(other), where
    elif isinstance(one, float):
        assert math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9), f"{where}: {one} {other}"
    else:
        assert one == other, where
