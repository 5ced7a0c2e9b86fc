"""Write what docs/ says of datasets and pipelines, from catalog, pipelines and docstrings."""

from pathlib import Path

from data_dictionary import data_dictionary
from pipeline_picture import pipeline_picture
from project_parts import PROJECT, Project

DICTIONARY = PROJECT / "docs" / "data-dictionary.md"
ARCHITECTURE = PROJECT / "docs" / "architecture.md"
_BEGIN, _END = "<!-- made by `make docs` -->\n", "<!-- end -->\n"


def generated_pages() -> dict[Path, str]:
    """Make the pages anew.

    Returns:
        Text by page. Of the architecture only what stands between the markers is new.
    """
    project = Project()
    before, _, rest = ARCHITECTURE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return {
        DICTIONARY: data_dictionary(project),
        ARCHITECTURE: before + _BEGIN + pipeline_picture(project) + _END + after,
    }


if __name__ == "__main__":
    for path, text in generated_pages().items():
        path.write_text(text, encoding="utf-8")
