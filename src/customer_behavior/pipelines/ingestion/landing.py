"""Which files are landed."""

from customer_behavior.datasets.source_files import SourceFile


def land_source_files(source_files: list[SourceFile]) -> list[SourceFile]:
    """Hand the files that were found to the landing, which the dataset does.

    Args:
        source_files: One entry per file.

    Returns:
        The same.
    """
    return source_files
