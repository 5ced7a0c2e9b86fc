"""Which files are landed."""

from customer_behavior.datasets.source_files import SourceFile


def land_source_files(source_files: list[SourceFile]) -> list[SourceFile]:
    """Hand the files that were found to the landing, which the dataset does.

    Args:
        source_files: One entry per file.

    Returns:
        The same; the dataset makes the manifest of them. It has one entry per file: address, size,
        SHA-256, lines, whether there is a header.
    """
    return source_files
