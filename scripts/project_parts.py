"""The project's pipelines and catalog, as its pages describe them. Spark is not started."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from kedro.config import OmegaConfigLoader
from kedro.framework.startup import bootstrap_project
from kedro.io import CatalogConfigResolver
from kedro.pipeline import Pipeline

PROJECT = Path(__file__).parents[1]
#: Pages about a pipeline that are not named after it.
_PAGES = {"feature_engineering": "features", "recovery": "simulation"}


class Project:
    """The registered pipelines, in the order of the registry, and the catalog of conf/base."""

    def __init__(self) -> None:
        """Load both. A place reads ``<data_root>/04_feature/sessions``."""
        bootstrap_project(PROJECT)
        from customer_behavior.pipeline_registry import register_pipelines
        from customer_behavior.settings import CONFIG_LOADER_ARGS

        loader = OmegaConfigLoader(str(PROJECT / "conf"), env="base", **CONFIG_LOADER_ARGS)
        loader["globals"] = _names_as_values(loader["globals"])
        self._catalog = CatalogConfigResolver(loader["catalog"], default_runtime_patterns={})
        self.pipelines: dict[str, Pipeline] = register_pipelines()
        del self.pipelines["__default__"]

    def entry(self, name: str) -> dict[str, Any]:
        """Find the catalog entry of a dataset, by its name or by a pattern that fits."""
        return self._catalog.resolve_pattern(name)

    def kind(self, name: str) -> str:
        """Give the class of a dataset; of one in another's memory the inner one."""
        return self._innermost(name)["type"].split(".")[-1]

    def file(self, name: str) -> str:
        """Give the place of a dataset's file or folder."""
        return self._innermost(name)["filepath"]

    def layer(self, name: str) -> str:
        """Give the layer of a dataset."""
        return self.entry(name)["metadata"]["kedro-viz"]["layer"]

    def readers(self, names: Iterable[str]) -> list[str]:
        """Name the pipelines that read any of the datasets."""
        return [it for it, pipeline in self.pipelines.items() if set(names) & _inputs_of(pipeline)]

    def made_by_no_node(self) -> dict[str, list[str]]:
        """Name, by file of the catalog, the datasets that no node makes."""
        made = {name for it in self.pipelines.values() for name in it.all_outputs()}
        return {
            file.stem: [it for it in _names_in(file) if it not in made]
            for file in sorted((PROJECT / "conf" / "base" / "catalog").glob("*.yml"))
        }

    def page_of(self, pipeline: str) -> Path | None:
        """Find the page about a pipeline."""
        page = PROJECT / "docs" / f"{_PAGES.get(pipeline, pipeline)}.md"
        return page if page.exists() else None

    def _innermost(self, name: str) -> dict[str, Any]:
        entry = self.entry(name)
        return entry.get("dataset", entry)


def _names_in(catalog_file: Path) -> list[str]:
    names = yaml.safe_load(catalog_file.read_text(encoding="utf-8"))
    return [name for name in names if not name.startswith("_") and "{" not in name]


def _inputs_of(pipeline: Pipeline) -> set[str]:
    return {name for node in pipeline.nodes for name in node.inputs}


def _names_as_values(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    return {
        key: _names_as_values(value, f"{key}.") if isinstance(value, dict) else f"<{prefix}{key}>"
        for key, value in values.items()
    }
