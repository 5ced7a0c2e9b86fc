"""Names of datasets, columns and parameters that pages use are names that there are."""

import re

import pytest

from conftest import PROJECT
from pages import PAGES, prose_of

pytestmark = pytest.mark.default_line


@pytest.fixture(scope="module")
def known():
    files = [path for folder in ("src", "conf") for path in (PROJECT / folder).rglob("*")]
    texts = [path.read_text() for path in files if path.suffix in (".py", ".yml")]
    # Names of datasets that stand for a pattern are there in full.
    dictionary = (PROJECT / "docs/data-dictionary.md").read_text()
    return set(re.findall(r"\w+", " ".join([*texts, dictionary])))


# What the example of that page names is tested with it.
OF_THE_PROJECT = [page for page in PAGES if page.name != "adding-a-pipeline.md"]


@pytest.mark.parametrize("page", OF_THE_PROJECT, ids=lambda page: page.name)
def test_a_name_in_backticks_stands_in_code_or_configuration(page, known):
    names = re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+)+)`", prose_of(page))

    # An evaluation has a part `by_{slice}` for each slice.
    assert [it for it in names if it not in known and it.removeprefix("by_") not in known] == []
