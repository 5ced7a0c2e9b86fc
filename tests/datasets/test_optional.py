import json

import pytest
from kedro.io import DatasetError

from customer_behavior.datasets import OptionalDataset


def optional(path):
    return OptionalDataset(dataset={"type": "json.JSONDataset", "filepath": str(path)})


def test_what_is_there_is_loaded(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"a": 1}))

    assert optional(tmp_path / "a.json").load() == {"a": 1}


def test_what_is_not_there_is_none(tmp_path):
    (tmp_path / "events.csv").write_text("")

    assert optional(tmp_path / "a.json").load() is None
    assert optional(tmp_path / "events.csv/_truth/a.json").load() is None
    assert optional(tmp_path / "*.csv/_truth/a.json").load() is None


def test_a_damaged_file_is_an_error_and_not_a_missing_one(tmp_path):
    (tmp_path / "a.json").write_text("{")

    with pytest.raises(DatasetError):
        optional(tmp_path / "a.json").load()
