"""Examples with a known law, and what the whole pipeline makes of them."""

import pytest

from classification import Classification, draw_examples, make_examples


@pytest.fixture(scope="session")
def table():
    """The examples as a pandas table."""
    return draw_examples()


@pytest.fixture(scope="session")
def examples(spark):
    return make_examples(spark)


@pytest.fixture(scope="session")
def classified(examples):
    """Nothing changes it: what all its tests need is made once."""
    return Classification(examples)
