"""What two runs of the pipelines left, compared."""

import base64
import math
import re
from dataclasses import asdict, is_dataclass

import numpy as np
import pandas as pd
from kedro.framework.project import pipelines
from kedro.io import MemoryDataset
from plotly.basedatatypes import BaseFigure
from pyspark.ml import PipelineModel
from pyspark.ml.clustering import KMeansModel
from pyspark.sql import DataFrame

# What Spark ML models have learnt.
LEARNT = (
    "coefficients", "intercept", "toDebugString", "boundaries", "predictions", "labelsArray",
    "categorySizes",
)  # fmt: skip

NUMBER = re.compile(r"(-?\d+\.\d+(?:E-?\d+)?)")
UID = re.compile(r"_[0-9a-f]{12}(?![0-9a-f])")


def assert_same_outputs(one, other, run="__default__"):
    """Compare everything that pipelines persist, by two projects on this computer."""
    names = persisted_outputs(one, run)
    assert names
    for name in names:
        assert_same(comparable(one.load(name)), comparable(other.load(name)), name)


def persisted_outputs(project, run="__default__"):
    """Names of the outputs of pipelines, between commas, that the catalog keeps."""
    catalog = project.catalog()
    outputs = set().union(*(pipelines[name].all_outputs() for name in run.split(",")))
    return [name for name in sorted(outputs) if not isinstance(catalog.get(name), MemoryDataset)]


def comparable(data):
    """Tables as sorted pandas tables; landed files without where they lie."""
    if isinstance(data, DataFrame):
        data = data.toPandas()
    if isinstance(data, PipelineModel):
        return [part for stage in data.stages for part in learnt_by(stage)]
    if isinstance(data, str):  # the report
        return in_parts(data)
    if isinstance(data, BaseFigure):
        return with_numbers(data.to_dict())
    if isinstance(data, pd.DataFrame):
        return data.sort_values(list(data.columns), key=rounded, ignore_index=True)
    if isinstance(data, list) and data and is_dataclass(data[0]):
        return [
            {k: v for k, v in asdict(file).items() if not k.startswith("path")} for file in data
        ]
    return data


def learnt_by(stage):
    """Parameters and learnt values of a stage, without the random names that Spark gives."""
    if isinstance(stage, PipelineModel):
        return comparable(stage)
    values = {name: getattr(stage, name) for name in LEARNT if hasattr(stage, name)}
    if isinstance(stage, KMeansModel):
        values["clusterCenters"] = np.array(stage.clusterCenters())
    values |= {param.name: value for param, value in stage.extractParamMap().items()}
    as_text = {
        name: getattr(value, "toArray", lambda v=value: v)() for name, value in values.items()
    }
    return [
        {
            name: in_parts(value) if isinstance(value, str) else with_numbers(value)
            for name, value in as_text.items()
        }
    ]


def in_parts(text):
    """Text without random names, its numbers as numbers: trees split in the middle of two sums."""
    parts = NUMBER.split(UID.sub("", text))
    return [float(part) if NUMBER.fullmatch(part) else part for part in parts]


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
