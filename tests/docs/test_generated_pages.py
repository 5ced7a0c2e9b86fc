"""The pages that `make docs` writes are up to date, and what they are made from is complete."""

import pytest
from kedro.pipeline import Node

from data_dictionary import described_outputs
from write_docs import generated_pages

pytestmark = pytest.mark.default_line


def test_the_pages_are_what_make_docs_writes():
    for path, text in generated_pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path} is stale: run `make docs`."


def test_each_of_several_outputs_has_paragraphs_of_its_own():
    def part_events(events):
        """Part good events from bad ones.

        Returns:
            Both tables.

            ``good``: One row per good event.

            - ``price`` (double): in euros.

            ``bad``: One row per bad event.

        Raises:
            ValueError: Never.
        """

    node = Node(part_events, inputs="events", outputs=["good", "shop.bad"])

    assert described_outputs(node) == {
        "good": "One row per good event.\n\n- `price` (double): in euros.",
        "shop.bad": "One row per bad event.",
    }


def test_an_output_that_the_docstring_does_not_describe_is_named():
    def count(events):
        """Count.

        Returns:
            ``events_by_day``: One row per day.
        """

    node = Node(count, inputs="events", outputs=["events_by_day", "events_by_month"])

    with pytest.raises(ValueError, match="does not say what its output 'events_by_month' is"):
        described_outputs(node)
