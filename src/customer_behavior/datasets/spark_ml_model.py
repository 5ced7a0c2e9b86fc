"""Models of Spark ML."""

from typing import Any

from kedro.io import AbstractDataset
from pyspark.ml import PipelineModel
from pyspark.ml.util import MLWritable

from customer_behavior.datasets.session import get_session


class SparkMLModelDataset(AbstractDataset[MLWritable, PipelineModel]):
    """A PipelineModel of Spark ML, in a folder of any file system that Spark knows."""

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Create the dataset.

        Args:
            filepath: The folder.
            metadata: For Kedro-Viz.
        """
        self._filepath = filepath
        self.metadata = metadata

    def load(self) -> PipelineModel:
        """Load the model; the classes of its stages are imported where they were defined."""
        get_session()
        return PipelineModel.load(self._filepath)

    def save(self, data: MLWritable) -> None:
        """Write the model in place of the one before."""
        data.write().overwrite().save(self._filepath)

    def _exists(self) -> bool:
        session = get_session()
        path = session._jvm.org.apache.hadoop.fs.Path(self._filepath)
        files = path.getFileSystem(session._jsparkSession.sessionState().newHadoopConf())
        # A model without stages has no folder for them.
        return bool(files.exists(session._jvm.org.apache.hadoop.fs.Path(path, "metadata")))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath}
