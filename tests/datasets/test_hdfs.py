import io

import pytest
from hdfs_native.fsspec import HdfsFileSystem

from customer_behavior.datasets.hdfs import PatientHdfsFileSystem

LOST_DATANODE = OSError("Connection refused (os error 111)")
RESTARTED_NAMENODE = RuntimeError("OperationFailed: RPC listener disconnected")
SAFE_MODE = RuntimeError(
    'RPCError("org.apache.hadoop.hdfs.server.namenode.SafeModeException", "Zero blocklocations")'
)
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
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)

    def open_file(*errors, mode="wb"):
        remaining = list(errors)

        def create(self, path, mode, **options):
            if remaining:
                raise remaining.pop(0)
            written.append(Written())
            return written[-1]

        monkeypatch.setattr(HdfsFileSystem, "_open", create)
        filesystem = PatientHdfsFileSystem.__new__(PatientHdfsFileSystem)
        return PatientHdfsFileSystem._open(filesystem, "/a", mode), written

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


def test_a_file_is_read_when_the_blocks_are_known_again(open_file):
    file, opened = open_file(SAFE_MODE, SAFE_MODE, mode="rb")

    assert opened == [file]


@pytest.mark.parametrize(("question", "answer"), [("info", {"size": 3}), ("ls", ["/a/b"])])
def test_what_is_there_is_asked_until_hdfs_answers(monkeypatch, question, answer):
    errors = [LOST_DATANODE, RESTARTED_NAMENODE, SAFE_MODE]

    def ask(self, path, *details):
        if errors:
            raise errors.pop()
        return answer

    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)
    monkeypatch.setattr(HdfsFileSystem, question, ask)
    filesystem = PatientHdfsFileSystem.__new__(PatientHdfsFileSystem)

    assert getattr(filesystem, question)("/a") == answer


def test_what_is_not_there_is_not_asked_for_again(monkeypatch):
    asked = []

    def ask(self, path):
        asked.append(path)
        raise FileNotFoundError(path)

    monkeypatch.setattr(HdfsFileSystem, "info", ask)
    filesystem = PatientHdfsFileSystem.__new__(PatientHdfsFileSystem)

    assert not filesystem.exists("/a")
    assert asked == ["/a"]


@pytest.fixture
def move(monkeypatch):
    """Move /a to /b on an HDFS that holds some files, and list what it holds then."""
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)

    def move(*files, is_moved_before_it_fails=False, failures=0):
        held, remaining = set(files), [RESTARTED_NAMENODE] * failures

        def mv(self, path1, path2, **options):
            if remaining and not is_moved_before_it_fails:
                raise remaining.pop()
            if path1 not in held:
                raise FileNotFoundError(path1)
            held.remove(path1)
            held.add(path2)
            if remaining:
                raise remaining.pop()

        monkeypatch.setattr(HdfsFileSystem, "mv", mv)
        monkeypatch.setattr(HdfsFileSystem, "exists", lambda self, path: path in held)
        PatientHdfsFileSystem.__new__(PatientHdfsFileSystem).mv("/a", "/b", overwrite=True)
        return held

    return move


def test_a_move_is_tried_again_until_hdfs_does_it(move):
    assert move("/a", failures=3) == {"/b"}


def test_a_move_that_was_done_although_the_answer_was_lost_is_done(move):
    assert move("/a", is_moved_before_it_fails=True, failures=1) == {"/b"}


def test_what_is_not_there_can_not_be_moved(move):
    with pytest.raises(FileNotFoundError):
        move("/b")
    with pytest.raises(FileNotFoundError):
        move(failures=1)
