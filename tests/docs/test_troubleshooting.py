"""The messages that docs/troubleshooting.md explains are those that the project has."""

import ast
import re

import pytest

from conftest import PROJECT

PAGE = PROJECT / "docs" / "troubleshooting.md"
FOREIGN = "## Spark and Java"
pytestmark = pytest.mark.default_line


def messages_of_the_page():
    own, _, _ = PAGE.read_text(encoding="utf-8").partition(FOREIGN)
    return re.findall(r"^\| `([^`]+)`", own, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def strings():
    """What stands between quotes in the code, `…` for what is put in; and the shell scripts."""
    trees = [ast.parse(path.read_text()) for path in sorted((PROJECT / "src").rglob("*.py"))]
    strings = [_text(node) for tree in trees for node in ast.walk(tree)]
    return [*filter(None, strings), (PROJECT / "scripts/set_up.sh").read_text()]


def _text(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) or "…" for part in node.values)
    return None


@pytest.mark.parametrize("message", messages_of_the_page())
def test_a_message_of_the_page_stands_in_the_code(strings, message):
    pattern = re.compile(".*".join(map(re.escape, message.split("…"))))

    assert any(pattern.search(text) for text in strings)
