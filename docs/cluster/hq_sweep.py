"""The sweep by HyperQueue from Python: python hq_sweep.py [WORKERS]. Needs hyperqueue."""

import sys
from pathlib import Path

from hyperqueue import Job, LocalCluster
from hyperqueue.cluster import WorkerConfig

SHARDS = 32

# A cluster on this machine; hyperqueue.Client("…") talks to one that runs.
with LocalCluster() as cluster:
    for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 2):
        cluster.start_worker(WorkerConfig(cores=1))
    client = cluster.client()
    job = Job(max_fails=SHARDS)
    here = Path.cwd()
    for shard in range(SHARDS):
        job.program(
            ["sparse-parity", "run", str(here / "sweep.toml"), "--out", str(here / "rows")],
            env={"SPARSE_PARITY_SHARD": str(shard), "SPARSE_PARITY_SHARDS": str(SHARDS)},
            stdout=None,
            stderr=None,
        )
    client.wait_for_jobs([client.submit(job)])
