"""What whole runs say and remember."""

import pytest

from running import manifest_in
from support import HEADER, PURCHASE, VIEW, run_command, write_lines

pytestmark = [pytest.mark.slow, pytest.mark.default_line]


def test_a_run_says_where_its_results_lie_and_remembers_spark_and_its_input(
    project_folder, tmp_path
):
    raw = write_lines(tmp_path / "raw" / "a.csv", HEADER, VIEW, PURCHASE)

    code, printed = run_command(
        project_folder, "--pipelines=ingestion", f"--params=raw_events={raw.parent}"
    )

    assert code == 0, printed
    manifest = manifest_in(project_folder / "data/08_reporting")
    assert manifest["outcome"] == "finished"
    assert manifest["run"]["pipeline_names"] == ["ingestion"]
    assert manifest["run"]["runtime_params"] == {"raw_events": str(raw.parent)}
    assert manifest["parameters"]["ingestion"]["min_expected_purchases"] == 20
    assert int(manifest["spark"]["java"].split(".")[0]) >= 17
    assert [file["source_file"] for file in manifest["source"]["files"]] == ["a.csv"]
    assert all(node["name"].startswith("ingestion.") for node in manifest["nodes"])
    # A JVM is among what is measured.
    assert max(node["peak_driver_memory_bytes"] for node in manifest["nodes"]) > 300 << 20
    assert "ingestion_ledger  data/08_reporting/ingestion_ledger.json" in printed
    assert "\x1b" not in printed
    assert "Loading data" not in printed


def test_a_run_that_fails_in_spark_leaves_a_manifest_and_can_be_resumed(project_folder, tmp_path):
    raw = write_lines(tmp_path / "raw" / "a.csv", HEADER, VIEW)
    arguments = ("--pipelines=ingestion", f"--params=raw_events={raw.parent}")
    catalog = project_folder / "conf/base/catalog/ingestion.yml"
    table = "03_primary/purchase_outages"
    catalog.write_text(catalog.read_text().replace(table, f"{table}/below_a_file"))
    in_the_way = write_lines(project_folder / "data" / table)

    code, printed = run_command(project_folder, *arguments)

    assert code == 1
    manifest = manifest_in(project_folder / "data/08_reporting")
    statuses = {node["name"]: node["status"] for node in manifest["nodes"]}
    assert manifest["outcome"] == "failed"
    assert manifest["error"]["nodes"] == ["ingestion.detect_purchase_outages"]
    assert statuses["ingestion.classify_lines"] == "finished"
    assert "run_manifest  data/08_reporting/run_manifest.json" in printed
    advice = "the same command with --from-nodes=ingestion.detect_purchase_outages"
    assert advice in printed

    in_the_way.unlink()
    code, printed = run_command(project_folder, *arguments, advice.split()[-1])

    assert code == 0, printed
    manifest = manifest_in(project_folder / "data/08_reporting")
    assert [node["name"] for node in manifest["nodes"]] == ["ingestion.detect_purchase_outages"]
