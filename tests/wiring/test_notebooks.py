import json
import re

import pytest
from kedro.framework.project import configure_project, pipelines

from conftest import PROJECT


@pytest.fixture(params=sorted((PROJECT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem)
def code_cells(request):
    cells = json.loads(request.param.read_text())["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def test_a_notebook_has_no_output_in_git(code_cells):
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code_cells)


def test_a_notebook_reads_what_the_pipelines_write(code_cells):
    configure_project("customer_behavior")
    code = "".join(line for cell in code_cells for line in cell["source"])

    loaded = set(re.findall(r'catalog\.load\("([^"]+)"\)', code))

    assert loaded
    assert loaded <= pipelines["__default__"].all_outputs()
