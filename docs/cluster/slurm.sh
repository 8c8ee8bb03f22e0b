#!/bin/bash
#SBATCH --job-name=sparse-parity
#SBATCH --array=0-399%50
#SBATCH --time=02:00:00
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=2048M
#SBATCH --output="/home/ada/study/rows/logs/%A_%a.log"
#SBATCH --requeue
#SBATCH --open-mode=append

# Submit it as a whole, as often as something is missing: tasks that have nothing left to do end at once.
# The number of tasks is written out, because Slurm counts those submitted. A task that fails with
# exit code 3 has run out of time.
export SPARSE_PARITY_SHARD=$SLURM_ARRAY_TASK_ID SPARSE_PARITY_SHARDS=400
exec /home/ada/.cargo/bin/sparse-parity run /home/ada/study/sweep.toml --out /home/ada/study/rows --max-time 1h55m

# Afterwards:
#   /home/ada/.cargo/bin/sparse-parity status /home/ada/study/sweep.toml --out /home/ada/study/rows
#   /home/ada/.cargo/bin/sparse-parity gather /home/ada/study/sweep.toml --out /home/ada/study/rows --to rows.csv
