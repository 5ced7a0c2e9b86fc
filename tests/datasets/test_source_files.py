import gzip
import os

import pytest
from kedro.io import DatasetError

from customer_behavior.datasets import SourceFilesDataset
from support import HEADER, VIEW, write_lines


def names(filepath):
    return [file.source_file for file in SourceFilesDataset(filepath=str(filepath)).load()]


def test_a_folder_is_searched_recursively_and_hidden_names_are_left_out(tmp_path):
    for name in ("b.csv", "a/2019-Oct.csv", "_old/x.csv", ".cache/x.csv", "a/_x.csv", ".x.csv"):
        write_lines(tmp_path / "raw" / name, HEADER, VIEW)

    assert names(tmp_path / "raw") == ["a/2019-Oct.csv", "b.csv"]


def test_hidden_folders_above_the_one_that_is_named_do_not_matter(tmp_path):
    write_lines(tmp_path / "_raw" / ".x" / "a.csv", HEADER, VIEW)

    assert names(tmp_path / "_raw" / ".x") == ["a.csv"]


def test_a_file_is_named_by_its_name_and_a_glob_by_what_is_behind_its_fixed_part(tmp_path):
    path = write_lines(tmp_path / "raw" / "2019" / "Oct.csv", HEADER, VIEW)
    write_lines(tmp_path / "raw" / "2020" / "Oct.txt", HEADER, VIEW)

    assert names(path) == ["Oct.csv"]
    assert names(tmp_path / "raw" / "20*" / "*.csv") == ["2019/Oct.csv"]
    assert names(tmp_path / "raw" / "20*") == ["2019/Oct.csv", "2020/Oct.txt"]
    assert names(tmp_path / "raw" / "2019" / ".." / "2019") == ["Oct.csv"]


def test_bytes_and_first_line_are_those_of_the_file_as_found(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(f"\ufeff{HEADER}\r\n{VIEW}\r\n".encode()))

    (file,) = SourceFilesDataset(filepath=str(path)).load()

    assert (file.bytes, file.first_line) == (path.stat().st_size, HEADER)


@pytest.mark.parametrize("missing", ["nowhere", "nowhere/*.csv", "empty"])
def test_no_files_are_an_error_that_names_the_parameter(tmp_path, missing):
    (tmp_path / "empty").mkdir()

    with pytest.raises(DatasetError, match=r"No event files in '.*' \(parameter raw_events\)"):
        names(tmp_path / missing)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"bad\.csv is empty"),
        (b"event_type,event_time,product_id\n", r"bad\.csv does not begin with events.*'event_ty"),
        (b"view,2019-10-01 00:00:00 UTC,1\n", r"expected are a row of events or the header"),
        (VIEW.encode("utf-16"), r"bad\.csv does not begin with events"),
        (gzip.compress(VIEW.encode(), mtime=0), r"is compressed\. Let its name end in '\.gz'"),
        (b"PK\x03\x04rest", r"is a zip archive"),
        (b"7z\xbc\xafrest", r"is a 7z archive"),
        (b"\x28\xb5\x2f\xfdrest", r"is a zstd archive"),
    ],
)
def test_a_file_that_does_not_begin_with_events_is_an_error(tmp_path, content, message):
    write_lines(tmp_path / "good.csv", HEADER, VIEW)
    (tmp_path / "bad.csv").write_bytes(content)

    with pytest.raises(DatasetError, match=message):
        names(tmp_path)


@pytest.mark.parametrize("name", ["10:00.csv", os.fsdecode(b"caf\xe9.csv"), "a.lz4", "a.zst"])
def test_a_name_that_hadoop_cannot_read_is_an_error(tmp_path, name):
    write_lines(tmp_path / name, HEADER, VIEW)

    with pytest.raises(DatasetError, match="Rename"):
        names(tmp_path)


@pytest.mark.parametrize("ending", ["gz", "bz2"])
def test_text_under_the_name_of_an_archive_is_an_error(tmp_path, ending):
    write_lines(tmp_path / f"a.csv.{ending}", HEADER, VIEW)

    with pytest.raises(DatasetError, match="is not compressed, as its name says"):
        names(tmp_path)


def test_a_link_is_followed_to_a_file_and_is_an_error_elsewhere(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/a.csv").symlink_to(write_lines(tmp_path / "real.csv", HEADER, VIEW))
    assert names(tmp_path / "raw") == ["a.csv"]
    (tmp_path / "raw/b.csv").symlink_to(tmp_path / "nowhere.csv")

    with pytest.raises(DatasetError, match="a link that leads to no file"):
        names(tmp_path / "raw")


def test_a_hidden_file_is_left_out_also_where_it_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"Names that begin with '_' or '\.' are left out"):
        names(write_lines(tmp_path / "_a.csv", HEADER, VIEW))
