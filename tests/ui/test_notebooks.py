import re

import pytest

from support import CART, HEADER, PURCHASE, VIEW, run_notebooks, write_lines

pytestmark = pytest.mark.ui


def test_the_notebooks_run_on_what_the_pipelines_have_made(finished_project):
    code, printed = run_notebooks(finished_project)

    assert code == 0, printed


@pytest.mark.long
def test_they_say_why_there_is_nothing_to_show(finish_project, tmp_path):
    project = finish_project(write_lines(tmp_path / "few.csv", HEADER, VIEW, CART, PURCHASE))

    code, printed = run_notebooks(project)

    assert code == 0, printed
    shown = "".join(file.read_text() for file in (project / "notebooks").glob("*.ipynb"))
    reasons = set(re.findall(r'Nothing to show: (.*)\.\\n"', shown))
    assert "a backtest needs at least 29 days with recorded purchases" in " ".join(reasons)
    assert len(reasons) >= 5
