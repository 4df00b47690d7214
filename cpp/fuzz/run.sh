#!/bin/bash
# Fuzzes the core for SECONDS_WANTED seconds, a third on each instruction set: libFuzzer where there is clang, else random inputs under gcc.
set -euo pipefail
build=build/fuzz
share=$(((SECONDS_WANTED + 2) / 3))
if command -v clang++ >/dev/null; then
    CC=clang CXX=clang++ cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DALARIS_FUZZ=ON -DALARIS_SANITIZE=address,undefined
    cmake --build $build
    mkdir -p $build/corpus
    for isa in avx512 avx2 baseline; do
        ALARIS_ISA=$isa $build/cpp/fuzz/alaris_fuzz -max_total_time="$share" -max_len=1024 -verbosity=0 -print_final_stats=1 \
            -artifact_prefix=$build/ $build/corpus 2>&1 | sed "s/^/$isa: /"
    done
else
    cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DALARIS_TESTS=ON -DALARIS_SANITIZE=address,undefined
    cmake --build $build --target alaris_fuzz_pass
    for isa in avx512 avx2 baseline; do
        end=$(($(date +%s) + share))
        for ((seed = 1; $(date +%s) < end; ++seed)); do
            ALARIS_ISA=$isa $build/cpp/fuzz/alaris_fuzz_pass 20000 $seed
        done
    done
fi

# The Python faces, on a module with the same sanitizers (of gcc, whose runtime can be loaded before Python's).
python=$PWD/.venv/bin/python
cmake -S . -B build/fuzz-python -G Ninja -DCMAKE_BUILD_TYPE=Release -DSKBUILD=1 -DALARIS_SANITIZE=address,undefined \
    -Dpybind11_DIR="$($python -m pybind11 --cmakedir)" -DPython_EXECUTABLE="$python"
cmake --build build/fuzz-python
LD_PRELOAD="$(g++ -print-file-name=libasan.so):$(g++ -print-file-name=libubsan.so)" ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc \
    ALARIS_CORE="$(ls build/fuzz-python/_core*.so)" PYTHONPATH=cpp/fuzz \
    "$python" -m pytest -q -p sanitized_core -p no:cacheprovider tests/pricing/test_faces.py
