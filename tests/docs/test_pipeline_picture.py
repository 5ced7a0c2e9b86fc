"""The picture of the pipelines names as many datasets as there is room for."""

import pytest

import pipeline_picture

pytestmark = pytest.mark.default_line


@pytest.mark.parametrize("room", [2, 4])
def test_an_arrow_with_more_datasets_than_it_has_room_for_says_how_many(monkeypatch, room):
    monkeypatch.setattr(pipeline_picture, "_NAMED", room)
    names = [f"table_{number}" for number in range(6)]

    *named, rest = pipeline_picture._label(names).split("<br>")

    assert len(named) == room - 1
    assert rest == f"{len(names) - len(named)} more"
    assert pipeline_picture._label(names[:room]).split("<br>") == names[:room]
