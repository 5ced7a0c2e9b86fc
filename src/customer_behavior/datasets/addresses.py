"""Addresses that both fsspec and Spark understand."""

import re

from fsspec import AbstractFileSystem


def address_of(path: str, filesystem: AbstractFileSystem, like: str) -> str:
    """Give a path on a file system its protocol.

    Args:
        path: As the file system knows it.
        filesystem: Where it is.
        like: Another address there, whose protocol is taken: Spark knows s3a where fsspec says s3.
    """
    address = filesystem.unstrip_protocol(path)
    protocol, separator, _ = like.partition("://")
    return re.sub(r"^\w+(?=://)", protocol, address) if separator else address
