import io

import pytest
from hdfs_native.fsspec import HdfsFileSystem

from customer_behavior.datasets.hdfs import PatientHdfsFileSystem

LOST_DATANODE = OSError("Connection refused (os error 111)")
NO_RIGHT = RuntimeError('RPCError("org.apache.hadoop.security.AccessControlException", "no")')


class Written(io.BytesIO):
    """A file on HDFS, whose content can be looked at when it is closed."""

    def close(self):
        self.content = self.getvalue()
        super().close()


@pytest.fixture
def open_file(monkeypatch):
    """Open a file on an HDFS that fails as told, and list what was written to it."""
    written = []

    def open_file(*errors):
        remaining = list(errors)

        def create(self, path, mode, **options):
            if remaining:
                raise remaining.pop(0)
            written.append(Written())
            return written[-1]

        monkeypatch.setattr(HdfsFileSystem, "_open", create)
        monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)
        filesystem = PatientHdfsFileSystem.__new__(PatientHdfsFileSystem)
        return PatientHdfsFileSystem._open(filesystem, "/a", "wb"), written

    return open_file


def test_a_small_file_is_written_again_until_hdfs_takes_it(open_file):
    file, written = open_file(LOST_DATANODE, LOST_DATANODE)

    with file:
        file.write(b"one ")
        file.write(b"two")

    assert [taken.content for taken in written] == [b"one two"]


def test_what_will_never_go_is_not_tried_again(open_file):
    file, written = open_file(NO_RIGHT)

    with pytest.raises(RuntimeError, match="AccessControlException"), file:
        file.write(b"one")

    assert written == []


def test_a_large_file_is_written_as_it_comes(open_file):
    file, written = open_file()
    chunk = bytes(10 << 20)

    with file:
        file.write(chunk)
        assert written == []
        file.write(chunk)
        assert len(written[0].getvalue()) == 2 * len(chunk)
        file.write(b"end")

    assert written[0].content == chunk + chunk + b"end"
