.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check install --no-compile

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

KERNELS := $(shell find gdb_export -name '*.p[yx][xd]')
$(if $(filter %.pyx,$(KERNELS)),,$(error KERNELS names no kernel: were the sources moved?))
SAY := @printf '%s\n'

# What the command, the function, the job and the local stack need: no test tools.
.venv/installed: pyproject.toml requirements/stack.txt requirements/build.txt $(KERNELS)
	$(SAY) 'setup: a virtual environment in .venv'
	@$(PYTHON) -m venv .venv
	$(SAY) 'setup: the pinned packages (about a minute)'
	@$(PIP) --require-hashes --requirement requirements/stack.txt --requirement requirements/build.txt
	$(SAY) 'setup: gdb-export itself, with its kernel compiled (about a minute)'
	@PYTHONWARNINGS=ignore $(PIP) --no-index --no-deps --no-build-isolation --editable . \
		--config-settings editable_mode=compat  # a folder on the path, not a finder that each start loads
	@$(BIN)/gdb-export --version | grep -q compiled \
		|| echo 'setup: NO KERNEL: without a C++ compiler exports take ten times as long and more'
	@$(BIN)/python -m compileall -q -j 0 -x '/(tests?|Cython|pip|setuptools)/' .venv/lib gdb_export job local
	@touch $@

# The same and what the tests, checks and benchmarks need.
.venv/developed: .venv/installed requirements/dev.txt tests/engine/libraries.sh
	$(SAY) 'setup: the test tools (about a minute)'
	@$(PIP) --require-hashes --requirement requirements/dev.txt
	@tests/engine/libraries.sh .venv/lib/engine || echo 'setup: no Firebird engine: its tests are skipped'
	@touch $@

# The BigQuery emulator needs other versions of the same packages: an environment of its own
.venv/bigquery-emulator/installed: requirements/bigquery-emulator.txt | .venv/installed
	$(SAY) 'setup: the BigQuery emulator (about two minutes)'
	@$(PYTHON) -m venv .venv/bigquery-emulator
	@.venv/bigquery-emulator/bin/pip --quiet --disable-pip-version-check install \
		--require-hashes --requirement $<
	@touch $@

bigquery-emulator: .venv/bigquery-emulator/installed ## the BigQuery emulator, for BIGQUERY=1 and the tests

setup: .venv/installed ## the virtual environment with .venv/bin/gdb-export

develop: .venv/developed .venv/bigquery-emulator/installed ## the same, with the tools of tests, checks and benchmarks

WITH_BIGQUERY := $(if $(BIGQUERY),.venv/bigquery-emulator/installed)
demo: setup $(WITH_BIGQUERY) ## a fresh machine to a finished run: a database dropped in, its status, the ZIP; FILE=any.gdb for yours, BIGQUERY=1 for a query
	@$(BIN)/python -W ignore::FutureWarning -m local.demo $(if $(BIGQUERY),--bigquery) $(if $(FILE),'$(FILE)')

up: setup $(WITH_BIGQUERY) ## the local stack in the foreground: a folder to drop files in, the function, Firestore, Cloud Run; BIGQUERY=1
	@$(BIN)/python -W ignore::FutureWarning -m local.up $(if $(BIGQUERY),--bigquery)

sweep: setup ## settle the exports that nobody works on any more, in the project that the environment names
	PYTHONPATH=functions $(BIN)/python -W ignore::FutureWarning -m sweep

# The tests start many processes, which must not compile the modules again.
test quick fuzz fuzz-coverage chaos: export PYTHONDONTWRITEBYTECODE :=

# Each test process has its own ports, folders and emulator; tests/conftest.py says how many there are.
PROCESSES := -n $(or $(JOBS),auto) --dist worksteal

test: develop ## a fresh machine to a green test run, on all cores: JOBS=1 for one process
	$(BIN)/pytest -rs $(PROCESSES)

quick: develop ## the tests that need no stack, no engine and no fuzzing: under a minute
	$(BIN)/pytest -q $(PROCESSES) -m 'not stack and not engine and not slow'

clean: ## remove what is built, and the virtual environment: not .stack, which may hold your files
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find gdb_export job functions local tests benchmarks examples -name __pycache__ -prune -exec rm -rf {} +
	find gdb_export -name '*.so' -delete -o -name '*.c' -delete -o -name '*.cpp' -delete

samples: develop ## put what the commands print today into README.md
	$(BIN)/python -m tests.documents.samples

golden: develop ## rebuild the golden databases of tests/data that the engine at hand can make
	$(BIN)/python -m tests.data.make

bench: develop ## the benchmarks as a table: SIZE in MB, ONLY=wide,narrow,notes,many,pictures,columns,big,small,huge; QUOTE=1 into the documents
	@# as an installation has it: else each start compiles modules
	@$(BIN)/python -m compileall -q gdb_export job .venv/lib/python3*/site-packages/{google,isal,numpy,pyarrow}
	$(BIN)/python -m benchmarks --size $(or $(SIZE),100) $(if $(ONLY),--only $(ONLY)) \
		--chart build/benchmarks/ratios.svg $(if $(QUOTE),--quote)

bench-bucket: develop ## exports from a bucket: bytes, memory, time, many tasks; SIZE in MB (3000), ONLY=turns,wide
	$(BIN)/python -W ignore::FutureWarning -m benchmarks.cloud.bucket --size $(or $(SIZE),3000) \
		$(if $(ONLY),--only $(ONLY)) $(if $(TASKS),--tasks $(TASKS))

recovery: develop ## the recovery rate of damaged databases: SEEDS (20), ENGINE_SEEDS, KINDS, FILES; QUOTE=1 into docs/recovery.md
	$(BIN)/python -m benchmarks.recovery --seeds $(or $(SEEDS),20) \
		--engine-seeds $(or $(ENGINE_SEEDS),4) $(if $(KINDS),--kinds '$(KINDS)') \
		$(if $(FILES),--files $(FILES)) $(if $(QUOTE),--quote)

# The tests whose number of examples FUZZ_EXAMPLES multiplies
RANDOM_EXAMPLES := $(shell grep -rl --include='test_*.py' few_examples tests)
fuzz: develop ## random and damaged databases and values: FUZZ_DATABASES, FUZZ_MUTANTS, FUZZ_EXAMPLES, FUZZ_SEED
	FUZZ_DATABASES=$${FUZZ_DATABASES:-2000} FUZZ_MUTANTS=$${FUZZ_MUTANTS:-100000} \
		FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-20} FUZZ_SEED=$${FUZZ_SEED:-$$RANDOM} \
		$(BIN)/pytest -q -s --timeout 0 \
		tests/differential/test_random_databases.py tests/hostile/test_mutants.py $(RANDOM_EXAMPLES)

# atheris has wheels for some versions of Python only, so it is not among the test tools
.venv/fuzzing: requirements/fuzzing.txt | .venv/developed
	@$(PIP) --require-hashes --requirement $<
	@touch $@

fuzz-coverage: .venv/fuzzing ## fuzzing guided by coverage: FUZZ_SECONDS (600), TARGETS (all); docs/fuzzing.md
	PYTHONPATH=functions $(BIN)/python -m tests.fuzzing $(or $(FUZZ_SECONDS),600) $(TARGETS)

# libFuzzer then sees the branches of the kernels too, and the address sanitizer their reads and writes
INSTRUMENTED := build/fuzzing/instrumented
CLANG ?= clang
fuzz-kernels: .venv/fuzzing ## the same with kernels compiled by clang for libFuzzer: CLANG=clang-16, FUZZ_SECONDS
	rm -rf build/lib.* build/temp.* $(INSTRUMENTED)  # objects of another compiler would be taken
	CC='$(CLANG)' CXX='$(subst clang,clang++,$(CLANG))' LDSHARED='$(CLANG) -shared' \
		CFLAGS='-fsanitize=address,fuzzer-no-link -O1 -g1' \
		$(PIP) --no-index --no-deps --no-build-isolation --upgrade --target $(INSTRUMENTED) .
	rm -rf build/lib.* build/temp.*
	LD_PRELOAD="$$($(BIN)/python -c 'import atheris; print(atheris.path())')/asan_with_fuzzer.so" \
		ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16 PYTHONSAFEPATH=1 PYTHONPATH=$(INSTRUMENTED):.:functions \
		$(BIN)/python -m tests.fuzzing $(or $(FUZZ_SECONDS),600) edited_files small_databases small_backups

COVERAGE := $(BIN)/python -m coverage
COVERED_TESTS ?= tests/firebird tests/csv_rows tests/arrow tests/hostile tests/definitions tests/system_tables tests/chunks \
	tests/schema_sql tests/engine tests/parquet tests/export tests/differential tests/library tests/cli
coverage: .venv/fuzzing ## lines and branches of the reader that the tests and the fuzzers' corpora reach
	@rm -rf build/coverage && mkdir -p build/coverage
	-COVERAGE_FILE=build/coverage/tests $(COVERAGE) run -m pytest -q -m 'not stack and not slow' $(COVERED_TESTS)
	for target in $$(ls build/fuzzing/corpus); do \
		COVERAGE_FILE=build/coverage/fuzzers PYTHONPATH=functions $(COVERAGE) run --append \
			-m tests.fuzzing.replay $$target build/fuzzing/corpus/$$target; done
	$(BIN)/python -m tests.fuzzing.coverage_table build/coverage

SANITIZED := build/sanitized
SANITIZER := -fsanitize=address,undefined -fno-sanitize-recover
sanitize: develop ## the kernel under the address sanitizer: any values, damaged pages, whole databases
	CFLAGS='$(SANITIZER) -O1 -g' LDFLAGS='$(SANITIZER)' \
		$(PIP) --no-index --no-deps --no-build-isolation --upgrade --target $(SANITIZED) .
	LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $$(gcc -print-file-name=libstdc++.so)" \
		ASAN_OPTIONS=detect_leaks=0 CI=1 \
		$(BIN)/pytest --override-ini='pythonpath=$(SANITIZED) .' tests/csv_rows

chaos: develop ## 300 uploads with faults at every point and by seed, 200 at once, 200 faulty loads into BigQuery and ten databases of the corpus; .stack/chaos.md
	CHAOS_RUNS=300 LOAD_UPLOADS=200 LOAD_FAULT_RUNS=100 CORPUS_LOADS=10 LOADED_DATABASES=10 \
		$(BIN)/pytest tests/chaos tests/end_to_end/test_loaded_databases.py \
		tests/bigquery/test_bigquery_faults.py tests/bigquery/test_bigquery_values.py

format: develop ## rewrite the sources as ruff formats them
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

check: develop terraform-check ## format, lint, types, layers, tests, terraform: exactly what .ci/run runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	@$(MAKE) --no-print-directory test

.PHONY: help setup develop bigquery-emulator demo up sweep test quick clean format check samples golden bench bench-bucket recovery fuzz \
	fuzz-coverage fuzz-kernels coverage sanitize chaos

PIN := $(BIN)/uv pip compile --quiet --no-header --no-annotate --generate-hashes --universal \
	--python-version 3.11 $(if $(UPGRADE),--upgrade)
AS_IN := --constraint requirements
# The tests, the function and the build take what the job takes: what is tested is what is shipped.
requirements: develop ## pin every dependency, with hashes: UPGRADE=1 for the newest
	$(PIN) pyproject.toml --extra cloud --extra arrow --extra bigquery --output-file requirements/job.txt
	$(PIN) $(AS_IN)/job.txt pyproject.toml --output-file requirements/core.txt
	$(PIN) $(AS_IN)/job.txt pyproject.toml --extra cloud --extra arrow --extra bigquery --extra stack --output-file requirements/stack.txt
	$(PIN) $(AS_IN)/stack.txt pyproject.toml --all-extras --output-file requirements/dev.txt
	$(PIN) $(AS_IN)/dev.txt requirements/build.in --output-file requirements/build.txt
	$(PIN) $(AS_IN)/job.txt functions/requirements.in --output-file functions/requirements.txt
	$(PIN) requirements/bigquery-emulator.in --output-file requirements/bigquery-emulator.txt
	$(PIN) $(AS_IN)/dev.txt requirements/fuzzing.in --output-file requirements/fuzzing.txt

SAMPLE ?= tests/data/fb15/types.fdb.gz
terraform-check: develop ## terraform/ without a cloud: fmt, validate, test, a rehearsed apply, checkov
	$(BIN)/python tests/terraform/check.py

terraform-reference: develop ## write the tables of inputs and outputs into terraform/README.md
	$(BIN)/python tests/terraform/reference.py

image-check: develop ## the steps of job/Dockerfile in a Debian root, then an export in it: no docker needed
	$(BIN)/python tests/image/check.py --database $(SAMPLE)

TERRAFORM := terraform -chdir=terraform
VARIABLES := -var project_id=$(PROJECT)
project:
	@test -n "$(PROJECT)" || { echo "which project? make plan PROJECT=my-project" >&2; exit 2; }

image: ## the job's image by a docker engine, for var.image; terraform builds it otherwise
	docker build --file job/Dockerfile --tag gdb-export .

plan: project ## what terraform would make or change: make plan PROJECT=my-project
	$(TERRAFORM) init -input=false
	$(TERRAFORM) plan $(VARIABLES)

deploy: project setup ## make it so, then export a sample there: make deploy PROJECT=my-project
	$(TERRAFORM) init -input=false
	$(TERRAFORM) apply $(VARIABLES)
	mkdir -p .stack && gzip --decompress --stdout $(SAMPLE) > .stack/SAMPLE.GDB
	export GOOGLE_CLOUD_PROJECT=$(PROJECT) && \
		export FIRESTORE_DATABASE="$$($(TERRAFORM) output -raw firestore_database)" && \
		export COLLECTION_PREFIX="$$($(TERRAFORM) output -raw collection_prefix)" && \
		sample="$$($(TERRAFORM) output -raw uploads)SAMPLE.GDB" && \
		$(BIN)/gdb-export submit .stack/SAMPLE.GDB "$$sample" --overwrite --watch && \
		$(BIN)/gdb-export status "$$sample" --tables

verify: project setup ## check what only a real project shows, with one sample: make verify PROJECT=my-project
	$(BIN)/python terraform/verify.py $(PROJECT) $(SAMPLE)

# Roles of Google's service agents on the project: other triggers of the project need them too.
SHARED_GRANTS := 'google_project_iam_member.eventarc_agent[0]' 'google_project_iam_member.storage_publishes[0]' \
	'google_project_iam_member.pubsub_signs_tokens[0]'
remove: project ## destroy it, but no data, and no roles that other deployments need: make remove PROJECT=my-project
	$(TERRAFORM) init -input=false
	for grant in $(SHARED_GRANTS); do \
		$(TERRAFORM) state list "$$grant" | grep -q . && $(TERRAFORM) state rm "$$grant"; true; \
	done
	$(TERRAFORM) destroy $(VARIABLES)

.PHONY: requirements terraform-check terraform-reference image-check image project plan deploy verify remove
