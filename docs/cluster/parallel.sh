#!/usr/bin/env bash
# The sweep by GNU parallel: on this machine, or on several that share this folder.
set -euo pipefail

shards=64
seq 0 $((shards - 1)) | parallel --joblog parallel.log \
  SPARSE_PARITY_SHARD={} SPARSE_PARITY_SHARDS="$shards" \
  sparse-parity run sweep.toml --out rows --threads 1
# Several machines: parallel --sshlogin node1,node2 --workdir "$PWD" ...

sparse-parity gather sweep.toml --out rows --to table.csv
