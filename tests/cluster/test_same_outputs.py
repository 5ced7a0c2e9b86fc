import pytest

from comparison import assert_same_outputs

pytestmark = pytest.mark.cluster


@pytest.mark.long
def test_a_cluster_leaves_what_this_computer_leaves(on_cluster, project, sample):
    project.run(sample, "__default__")

    on_cluster.run_well(sample)

    assert_same_outputs(on_cluster.fetch(), project)


def test_months_leave_the_files_of_others_alone(on_cluster, on_this_computer, some_events, hdfs):
    on_cluster.run_well(some_events, "--pipelines=ingestion")
    before = files_of_months(hdfs, on_cluster)

    code, printed = on_cluster.run(
        f"--params=raw_events={some_events},ingestion.months=2019-11", "--pipelines=ingestion"
    )

    assert code == 0, printed
    after = files_of_months(hdfs, on_cluster)
    assert all([*before.values(), *after.values()])
    assert after["2019-10"] == before["2019-10"]
    assert after["2019-11"].isdisjoint(before["2019-11"])
    now, expected = on_cluster.fetch().tables(), on_this_computer.tables()
    assert now.pop("ledger")["total"] == expected.pop("ledger")["total"]
    assert now == expected


def files_of_months(hdfs, on_cluster):
    files = [hdfs.info(path) for path in hdfs.find(on_cluster.home)]
    return {
        month: {
            (file["name"], file["size"], file["modification_time"])
            for file in files
            if f"/event_month={month}/" in file["name"]
        }
        for month in ("2019-10", "2019-11")
    }
