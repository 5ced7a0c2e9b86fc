"""The pages that a person reads: README and docs."""

import re

from conftest import PROJECT

PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.M | re.S)


def prose_of(page):
    """All but the blocks of code."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))


def commands_of(page):
    """The commands in blocks without a language, and those in the prose, without comments."""
    text = page.read_text(encoding="utf-8")
    lines = [
        line
        for language, block in _BLOCK.findall(text)
        if not language
        for line in re.sub(r" *\\\n *", " ", block).splitlines()
    ]
    lines += re.findall(r"`((?:make|kedro) [^`]+)`", prose_of(page))
    return [re.sub(r"\s+#.*", "", " ".join(line.split())) for line in lines]
