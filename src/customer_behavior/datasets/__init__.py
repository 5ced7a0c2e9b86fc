"""Datasets that kedro-datasets lacks."""

from customer_behavior.datasets.hdfs import PatientHdfsFileSystem
from customer_behavior.datasets.landed_events import LandedFilesDataset, LandedLinesDataset
from customer_behavior.datasets.outcome_tables import EventsDataset, SetAsideDataset
from customer_behavior.datasets.simulated_files import (
    GrowingTableDataset,
    SimulatedEventsDataset,
    SimulatedProcessDataset,
)
from customer_behavior.datasets.source_files import SourceFilesDataset
from customer_behavior.datasets.spark_ml_model import SparkMLModelDataset

__all__ = [
    "EventsDataset",
    "GrowingTableDataset",
    "LandedFilesDataset",
    "LandedLinesDataset",
    "PatientHdfsFileSystem",
    "SetAsideDataset",
    "SimulatedEventsDataset",
    "SimulatedProcessDataset",
    "SourceFilesDataset",
    "SparkMLModelDataset",
]
