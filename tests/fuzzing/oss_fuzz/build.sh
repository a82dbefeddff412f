#!/bin/bash -eu
# Builds each target as a program of OSS-Fuzz, and the ZIP of its seeds. OSS-Fuzz sets CC, CFLAGS
# and OUT: with them the kernels are compiled with its sanitizer and report their coverage.
pip3 install --require-hashes --requirement requirements/stack.txt --requirement requirements/build.txt
pip3 install --no-deps --no-build-isolation .
export PYTHONPATH=.:functions
for target in edited_files small_databases small_backups expressions contract; do
  echo "import sys; from tests.fuzzing.run_target import main; main('$target', sys.argv[1:])" \
    > "fuzz_$target.py"
  compile_python_fuzzer "fuzz_$target.py" --paths . --paths functions --collect-submodules gdb_export \
    --add-data tests/data:tests/data --add-data tests/hostile/inputs:tests/hostile/inputs
  python3 -m tests.fuzzing.run_target "$target" -runs=0 "seeds/$target"
  zip --quiet --junk-paths --recurse-paths "$OUT/fuzz_${target}_seed_corpus.zip" "seeds/$target"
done
