"""Every link within the repository leads somewhere."""

import re
from collections import Counter

import pytest

from conftest import PROJECT
from pages import PAGES, prose_of

pytestmark = pytest.mark.default_line


def anchors_of(page):
    """The anchors that GitHub gives to the headings of a page."""
    seen, anchors = Counter(), set()
    for heading in re.findall(r"^#+ (.+)$", prose_of(page), flags=re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).lower())
        slug = slug.replace(" ", "-")
        anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return anchors


def links():
    return [
        pytest.param(page, target, id=f"{page.name}: {target}")
        for page in PAGES
        for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(page))
        if not target.startswith("http")
    ]


@pytest.mark.parametrize(("page", "target"), links())
def test_a_link_leads_to_a_file_and_to_a_heading_in_it(page, target):
    name, _, anchor = target.partition("#")
    file = (page.parent / name).resolve() if name else page

    assert file.exists()
    assert file.is_relative_to(PROJECT)
    assert not anchor or anchor in anchors_of(file)


def test_every_page_is_linked_from_readme():
    linked = set(re.findall(r"\]\(docs/([\w-]+\.md)", (PROJECT / "README.md").read_text()))

    assert linked == {page.name for page in PAGES if page.parent == PROJECT / "docs"}
