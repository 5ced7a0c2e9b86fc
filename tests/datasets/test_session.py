import os
import subprocess
import sys

import fsspec

import customer_behavior.datasets.session  # noqa: F401


def test_a_file_system_does_not_end_in_a_forked_child(tmp_path):
    class Ending(fsspec.AbstractFileSystem):
        protocol = "ending"

        def __del__(self):
            (tmp_path / str(os.getpid())).touch()

    Ending()  # held by fsspec's cache alone

    child = subprocess.Popen([sys.executable, "-c", ""], preexec_fn=os.getpid)
    child.wait()

    assert list(tmp_path.iterdir()) == []
