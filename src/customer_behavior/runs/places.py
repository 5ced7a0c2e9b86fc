"""Where datasets lie. Asked of the file system: of a table, the catalog would ask Spark."""

import fsspec
from kedro.io import CatalogProtocol


def path_of(catalog: CatalogProtocol, name: str) -> str:
    """The path of a dataset, or of the one that it keeps in memory; empty where it has none."""
    entry = catalog.config_resolver.resolve_pattern(name)
    return str(entry.get("dataset", entry).get("filepath", ""))


def is_there(catalog: CatalogProtocol, name: str) -> bool:
    """Whether there is anything where a dataset lies."""
    path = path_of(catalog, name)
    if not path:
        return bool(catalog.exists(name))
    filesystem, inside = fsspec.url_to_fs(path)
    return bool(filesystem.exists(inside))
