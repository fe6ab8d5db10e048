#!/usr/bin/env python3
"""Makes tests/reference/: small cases whose numbers come from the libraries that fettle follows.

    python3 tools/make_reference.py [nets] [tokens] [metrics] [entities] [embed] [distill] [audit] [sweep] [--out DIR]

Needs torch, transformers, tokenizers, safetensors, scikit-learn, seqeval, (embed) sentence-transformers and (audit) cleanlab, (sweep) statsmodels; fettle itself and its
tests do not. The texts are those of assets/data and of tools/reference/. The same versions give
the same files. What each file holds: tests/reference/README.md.
"""
import argparse
import os
import pathlib
import shutil
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", default=[])
    root = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--out", type=pathlib.Path, default=root / "tests" / "reference")
    options = parser.parse_args()
    known = ("nets", "tokens", "metrics", "entities", "embed", "distill", "audit", "sweep")
    for part in options.parts or known:
        if part not in known:
            parser.error(f"{part}: not one of {', '.join(known)}")
        module = __import__(f"reference.{part}", fromlist=["make"])
        folder = options.out / part
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        module.make(folder)
        size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
        print(f"{folder}: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
