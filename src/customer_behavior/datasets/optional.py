"""An input that may be missing."""

from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError


class OptionalDataset(AbstractDataset[None, Any]):
    """Wraps another dataset and loads None where that does not exist."""

    def __init__(self, *, dataset: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
        """Create the dataset.

        Args:
            dataset: Configuration of the dataset that may be missing.
            metadata: For Kedro-Viz.
        """
        self._dataset = AbstractDataset.from_config("optional", dataset)
        self.metadata = metadata

    def load(self) -> Any:
        """Load what is there, or None."""
        return self._dataset.load() if self._dataset.exists() else None

    def save(self, data: None) -> NoReturn:
        """Refuse: an optional dataset is only read."""
        raise DatasetError("An optional dataset is only read.")

    def _exists(self) -> bool:
        return self._dataset.exists()

    def _describe(self) -> dict[str, Any]:
        return {"dataset": str(self._dataset)}
