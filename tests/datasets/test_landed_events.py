import bz2
import gzip

import pytest
from kedro.io import DatasetError

from customer_behavior.datasets import LandedFilesDataset, LandedLinesDataset, SourceFilesDataset
from support import CART, HEADER, NOVEMBER, VIEW, write_lines


@pytest.fixture(params=["in place", "landing zone"])
def zone(request, tmp_path):
    return str(tmp_path / "zone") if request.param == "landing zone" else None


@pytest.fixture
def land(tmp_path, zone):
    def land(raw, months=""):
        manifest = str(tmp_path / "manifest.json")
        dataset = LandedFilesDataset(filepath=manifest, landing_zone=zone, months=months)
        dataset.save(SourceFilesDataset(filepath=str(raw)).load())
        return dataset.load()

    return land


@pytest.fixture
def read(tmp_path, spark):
    def read():
        lines = LandedLinesDataset(filepath=str(tmp_path / "manifest.json")).load()
        return sorted(map(tuple, lines.collect()))

    return read


def test_headers_are_left_out_and_files_without_one_keep_their_first_row(tmp_path, land, read):
    write_lines(tmp_path / "raw/with.csv", HEADER, VIEW, CART)
    write_lines(tmp_path / "raw/without.csv", NOVEMBER, CART)

    files = land(tmp_path / "raw")

    assert read() == sorted(
        [("with.csv", VIEW), ("with.csv", CART), ("without.csv", NOVEMBER), ("without.csv", CART)]
    )
    assert [(f.source_file, f.rows, f.has_header) for f in files] == [
        ("with.csv", 2, True),
        ("without.csv", 2, False),
    ]


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{VIEW}\n{CART}\n",
        f"{HEADER}\n{VIEW}\n{CART}",
        f"{VIEW}\n{CART}\n",
        f"\ufeff{HEADER}\n{VIEW}\n{CART}\n",
        f"\ufeff{VIEW}\n{CART}\n",
        f"{HEADER}\n{VIEW}\n{HEADER}\n{CART}\n",
        f"{HEADER}\n{VIEW}\n\ufeff{HEADER}\n{CART}\n{HEADER}",
    ],
)
def test_the_rows_are_the_same_however_the_file_begins_and_ends(tmp_path, land, read, content):
    (tmp_path / "a.csv").write_bytes(content.encode())

    (file,) = land(tmp_path / "a.csv")

    assert file.rows == 2
    assert read() == sorted([("a.csv", VIEW), ("a.csv", CART)])


def test_carriage_returns_stay_and_do_not_end_a_line_by_themselves(tmp_path, land, read):
    (tmp_path / "a.csv").write_bytes(f"{HEADER}\r\n{VIEW}\r\nhalf\rhalf\r\n".encode())

    (file,) = land(tmp_path / "a.csv")

    assert file.rows == 2
    assert read() == sorted([("a.csv", f"{VIEW}\r"), ("a.csv", "half\rhalf\r")])


@pytest.mark.parametrize(("ending", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_compressed_files_are_read_and_archives_that_were_joined_too(
    tmp_path, land, read, ending, compress
):
    path = tmp_path / f"a.csv.{ending}"
    path.write_bytes(compress(f"{HEADER}\n{VIEW}\n".encode()) + compress(f"{CART}\n".encode()))

    (file,) = land(path)

    assert (file.rows, file.bytes) == (2, path.stat().st_size)
    assert read() == sorted([(path.name, VIEW), (path.name, CART)])


@pytest.mark.parametrize(("ending", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress)])
@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_truncated_archive_is_an_error_and_nothing_is_landed(
    tmp_path, land, read, ending, compress, kept
):
    write_lines(tmp_path / "raw/a.csv", HEADER, VIEW)
    lines = [VIEW.replace(",3,", f",{user},") for user in range(5000)]
    whole = compress("\n".join([HEADER, *lines]).encode())
    (tmp_path / f"raw/b.csv.{ending}").write_bytes(whole[: int(len(whole) * kept)])

    with pytest.raises(DatasetError, match=rf"b\.csv\.{ending} is truncated or damaged"):
        land(tmp_path / "raw")
    with pytest.raises(DatasetError, match="No files were landed"):
        read()


def test_names_with_any_characters_are_read_as_they_are(tmp_path, land, read):
    odd = ["a b.csv", "a%20b.csv", "x[1]{2}*?.csv", "a+b#c.csv", "é.csv"]
    odd += ["event_month=1/y.csv", "event_month=2/y.csv", "x/a b.csv"]
    for name in odd:
        write_lines(tmp_path / "raw" / name, HEADER, VIEW)
    write_lines(tmp_path / "raw/x12.csv", HEADER, CART)

    land(tmp_path / "raw")

    assert read() == sorted([(name, VIEW) for name in odd] + [("x12.csv", CART)])


def test_a_large_file_is_counted_exactly(tmp_path, land, read):
    rows = [VIEW.replace(",3,", f",{user},") for user in range(150_000)]  # more than one chunk
    path = write_lines(tmp_path / "a.csv", HEADER, *rows)

    (file,) = land(path)

    assert path.stat().st_size > 2 * (4 << 20)
    assert file.rows == len(rows) == len(read())


def test_a_file_that_changes_is_landed_again_and_one_that_is_gone_is_read_no_more(
    tmp_path, land, read, caplog
):
    write_lines(tmp_path / "raw/a.csv", HEADER, VIEW)
    write_lines(tmp_path / "raw/b.csv", HEADER, VIEW)
    land(tmp_path / "raw")
    write_lines(tmp_path / "raw/a.csv", HEADER, CART)
    (tmp_path / "raw/b.csv").unlink()
    caplog.set_level("INFO")

    land(tmp_path / "raw")

    assert read() == [("a.csv", CART)]
    assert "b.csv is not among the source files any more" in caplog.text


def test_with_months_a_file_that_is_gone_is_remembered_but_not_read(tmp_path, land, read):
    land(write_lines(tmp_path / "a.csv", HEADER, VIEW))

    files = land(write_lines(tmp_path / "b.csv", HEADER, CART), months="2019-10")

    assert [(file.source_file, file.is_current) for file in files] == [
        ("b.csv", True),
        ("a.csv", False),
    ]
    assert read() == [("b.csv", CART)]


def test_what_was_changed_behind_our_back_is_not_read(tmp_path, spark):
    path = write_lines(tmp_path / "a.csv", HEADER, VIEW)
    manifest = str(tmp_path / "manifest.json")
    LandedFilesDataset(filepath=manifest).save(SourceFilesDataset(filepath=str(path)).load())
    write_lines(path, HEADER, VIEW, CART)

    with pytest.raises(DatasetError, match="has changed since it was landed"):
        LandedLinesDataset(filepath=manifest).load()


def test_an_unchanged_file_is_not_copied_again_and_half_a_copy_is_never_read(tmp_path, spark):
    path = write_lines(tmp_path / "a.csv", HEADER, VIEW)
    manifest, zone = str(tmp_path / "manifest.json"), tmp_path / "zone"
    dataset = LandedFilesDataset(filepath=manifest, landing_zone=str(zone))
    source = SourceFilesDataset(filepath=str(path)).load()
    dataset.save(source)
    (copy,) = zone.iterdir()
    before = copy.stat().st_mtime_ns
    (zone / f"_{copy.name}.unfinished").write_text("half a copy of a killed run")

    dataset.save(source)

    assert copy.stat().st_mtime_ns == before
    assert LandedLinesDataset(filepath=manifest).load().count() == 1
