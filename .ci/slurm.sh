#!/usr/bin/env bash
# Sweeps under a real Slurm: three nodes on the loopback interface, workers and a node killed, files cut
# short, the controller restarted. What is gathered in the end is, byte for byte, the table of one process.
#
#   .ci/slurm.sh [PROGRAM]      PROGRAM is target/debug/sparse-parity, which cargo test builds
#
# It installs what is missing on Debian and its relatives. Only where there is no Slurm and it cannot be had,
# without apt-get, the rights or a network, it passes by with a message.
set -euo pipefail
cd "$(dirname "$0")/.."
# Where daemons are.
PATH=$PATH:/usr/sbin

program=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/sparse-parity}")
file=$PWD/docs/cluster/sweep.toml
# 900 runs of some 10 ms, as they learn slowly, and some short ones where one worker is enough.
large=(-s 'setting=["x", "xv"]' -s 'n=[10, 14, 20]' -s seeds=150 -s rate=0.005)
small=(-s 'setting=["x", "xv"]' -s 'n=[10, 14, 20]' -s seeds=8)

say() { printf '   %5.1f s  %s\n' "$(elapsed)" "$*"; }
elapsed() { awk -v now="$EPOCHREALTIME" -v begin="$begin" 'BEGIN { print now - begin }'; }
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
begin=$EPOCHREALTIME

# --- What is needed -----------------------------------------------------------------------------------

missing() {
  local tool
  for tool in munged:munge slurmctld:slurm-wlm slurmd:slurm-wlm sbatch:slurm-wlm \
    parallel:parallel mpirun:openmpi-bin; do
    command -v "${tool%:*}" >/dev/null || echo "${tool#*:}"
  done | sort -u
}

install_missing() {
  local packages root=()
  mapfile -t packages < <(missing)
  [ "${#packages[@]}" -gt 0 ] || return 0
  # Without Slurm there is nothing to do; without the others, less.
  pass_by() {
    echo "not tried: ${packages[*]} cannot be installed: $1"
    case "${packages[*]}" in *munge* | *slurm*) exit 0 ;; esac
  }
  if ! command -v apt-get >/dev/null; then
    pass_by "there is no apt-get"
    return 0
  elif [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2>/dev/null; then
      pass_by "that needs root"
      return 0
    fi
    root=(sudo -n)
  fi
  root+=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120)
  local install=("${root[@]}" install -y --no-install-recommends "${packages[@]}")
  if ! "${install[@]}" >"$work/apt.log" 2>&1; then
    if ! "${root[@]}" -o APT::Update::Error-Mode=any update >"$work/apt.log" 2>&1; then
      pass_by "the package lists are out of reach ($(tail -n 1 "$work/apt.log"))"
      return 0
    fi
    "${install[@]}" >"$work/apt.log" 2>&1 || {
      cat "$work/apt.log" >&2
      fail "${packages[*]} can be had, but not be installed"
    }
  fi
  [ -z "$(missing)" ] || fail "$(missing | xargs) still missing after ${packages[*]} were installed"
  say "installed ${packages[*]}"
}

# --- A cluster on this machine ------------------------------------------------------------------------

nodes=3
# Whatever runs this may be a task of Slurm itself.
unset "${!SLURM_@}" "${!SBATCH_@}" "${!SPARSE_PARITY_@}" "${!OMPI_@}"

bring_up() {
  local host port i
  host=$(hostname -s)
  port=$((20000 + RANDOM % 10000))
  mkdir -p "$work"/{state,spool,log,run}
  chmod 711 "$work" "$work/run"
  head -c 128 /dev/urandom >"$work/munge.key"
  chmod 400 "$work/munge.key"
  munged --force --key-file="$work/munge.key" --socket="$work/run/munge.sock" --num-threads=2 \
    --pid-file="$work/run/munged.pid" --log-file="$work/log/munged.log" \
    --seed-file="$work/run/munge.seed" 2>>"$work/log/munged.log"
  {
    cat <<CONF
ClusterName=ci
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$work/run/munge.sock
CryptoType=crypto/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool/%n
SlurmctldPidFile=$work/run/slurmctld.pid
SlurmdPidFile=$work/run/slurmd.%n.pid
SlurmctldLogFile=$work/log/slurmctld.log
SlurmdLogFile=$work/log/slurmd.%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=2
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SlurmdTimeout=20
KillWait=2
JobRequeue=1
CONF
    for ((i = 1; i <= nodes; i++)); do
      echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + i)) CPUs=2 Boards=1" \
        "Sockets=1 CoresPerSocket=2 ThreadsPerCore=1 RealMemory=1000 State=UNKNOWN"
    done
    echo "PartitionName=main Nodes=n[1-$nodes] Default=YES MaxTime=INFINITE State=UP"
  } >"$work/slurm.conf"
  export SLURM_CONF=$work/slurm.conf
  slurmctld -f "$SLURM_CONF"
  for ((i = 1; i <= nodes; i++)); do slurmd -f "$SLURM_CONF" -N "n$i"; done
  within 60 "the nodes are not idle" are_idle "$nodes"
}

are_idle() { [ "$(sinfo -h -N -t idle -o %N 2>/dev/null | sort -u | wc -l)" -ge "$1" ]; }
is_empty() {
  local jobs
  jobs=$(squeue -h "$@" 2>/dev/null) && [ -z "$jobs" ]
}
is_gone() { [ ! -e "$1" ]; }
answers() { scontrol ping 2>/dev/null | grep -q UP; }

# within SECONDS COMPLAINT COMMAND...: waits until the command succeeds.
within() {
  local seconds=$1 complaint=$2 end=$((SECONDS + $1))
  shift 2
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "$complaint after $seconds s"
    sleep 0.05
  done
}

tear_down() {
  local status=$? log pid file
  trap - EXIT
  set +e
  if [ "$status" != 0 ]; then
    for log in "$work"/log/slurm* "$work"/*/logs/*.log "$work"/*.out; do
      [ -s "$log" ] && { echo "--- ${log#"$work"/}"; tail -n 5 "$log"; } >&2
    done
  fi
  if [ -n "${SLURM_CONF:-}" ]; then
    timeout 5 scancel --user="$(id -un)" 2>/dev/null
    for _ in $(seq 30); do is_empty -t R 2>/dev/null && break; sleep 0.1; done
  fi
  for file in "$work"/run/*.pid; do
    [ -s "$file" ] && kill "$(cat "$file")" 2>/dev/null
  done
  # Daemons take their files with them; those that are stopped only here have nobody to wait for them.
  for _ in $(seq 30); do compgen -G "$work/run/*.pid" >/dev/null || break; sleep 0.1; done
  # Workers whose node was killed.
  for pid in $(workers "$work"/*/rows-*.jsonl); do kill -9 "$pid" 2>/dev/null; done
  if mountpoint -q "$work/full"; then umount "$work/full"; fi
  rm -rf "$work"
  exit "$status"
}

# --- Helpers of the steps -----------------------------------------------------------------------------

# The processes that write these files and are alive; a file tells its process, as …-TIME-PROCESS-0.jsonl.
workers() {
  local file pid
  for file in "$@"; do
    pid=${file##*/}
    pid=${pid%-*}
    pid=${pid##*-}
    if grep -qs "$program" "/proc/$pid/cmdline" 2>/dev/null; then echo "$pid"; fi
  done
}

# The number of lines that tell a run's outcome.
rows() { cat "$1"/rows-*.jsonl 2>/dev/null | grep -c '^{"row"' || true; }
has_rows() { [ "$(rows "$1")" -ge "$2" ]; }

# exits CODE COMMAND...: runs it, keeps what it says in $said, and insists on its exit code.
exits() {
  local want=$1 got=0
  shift
  said=$("$@" 2>&1) || got=$?
  [ "$got" = "$want" ] || fail "exit code $got instead of $want from: $* -- $said"
}

# says WORDS: the last command has said so.
says() { grep -q -- "$1" <<<"$said" || fail "nothing about \"$1\" in: $said"; }

# same FOLDER TABLE OVERRIDES...: what is gathered from the folder is that table.
same() {
  local folder=$1 table=$2
  shift 2
  exits 0 "$program" gather "$file" "$@" --out "$folder" --to "$folder.csv"
  cmp "$table" "$folder.csv" || fail "the table of $folder is another"
}

# count NAME: the number behind a name in what `status` says.
count() { awk -v name="$1" '$1 == name { print $2; exit }' <<<"$said"; }

submit() { sbatch --parsable "$@" | cut -d';' -f1; }

# --- The steps ----------------------------------------------------------------------------------------

work=$(mktemp -d)
trap tear_down EXIT
[ -x "$program" ] || fail "no program $program; build it: cargo build --features cli --bin sparse-parity"
install_missing
bring_up
say "Slurm $(sinfo --version | cut -d' ' -f2): $nodes nodes are idle"

exits 0 "$program" run "$file" "${large[@]}" --out "$work/serial"
exits 0 "$program" gather "$file" "${large[@]}" --out "$work/serial" --to "$work/large.csv"
exits 0 "$program" run "$file" "${small[@]}" --out "$work/serial-small"
exits 0 "$program" gather "$file" "${small[@]}" --out "$work/serial-small" --to "$work/small.csv"
runs=$(($(wc -l <"$work/large.csv") - 1))
say "one process makes the table: $runs runs"

# The example is what the program prints.
mkdir "$work/study"
cp "$file" "$work/study"
(cd "$work/study" && "$program" slurm sweep.toml --out rows --tasks 400 --time 2:00:00 --throttle 50) |
  sed "s#$program#/home/ada/.cargo/bin/sparse-parity#g; s#$work#/home/ada#g" >"$work/slurm.sh"
diff "$work/slurm.sh" docs/cluster/slurm.sh || fail "docs/cluster/slurm.sh is not what the program prints"

# script TASKS OUT OVERRIDES...
script() {
  local tasks=$1 out=$2
  shift 2
  "$program" slurm "$file" "$@" --out "$out" --tasks "$tasks" --time 10:00 --memory 200MiB >"$out.sh"
  bash -n "$out.sh"
}

# Nothing fails: the commands of the README.
out=$work/plain
script 4 "$out" "${small[@]}"
sbatch --wait "$out.sh" >/dev/null
same "$out" "$work/small.csv" "${small[@]}"
say "slurm, sbatch, gather: the table of one process"

# 1 and 2: processes die, and a node. They are stopped until all of them are chosen, as fast ones end.
out=$work/array
script 6 "$out" "${large[@]}"
job=$(submit "$out.sh")
at_work() {
  mapfile -t pids < <(workers "$out"/rows-*.jsonl)
  [ "${#pids[@]}" -ge 3 ] && has_rows "$out" $((runs / 20))
}
within 120 "fewer than 3 workers" at_work
kill -STOP "${pids[@]}"
rows=$(rows "$out")
kill -9 "${pids[0]}" "${pids[1]}"
say "array of 6 tasks; 2 of ${#pids[@]} workers killed after $rows rows"

node_of() { sed -zn 's/^SLURMD_NODENAME=//p' "/proc/$1/environ" | tr -d '\0'; }
node=$(node_of "${pids[2]}")
victims=("$(cat "$work/run/slurmd.$node.pid")")
for pid in "${pids[@]:2}"; do
  if [ "$(node_of "$pid")" = "$node" ]; then
    # The worker has taken the place of the script, whose parent is the daemon of the task.
    victims+=("$(ps -o ppid= -p "$pid" | tr -d ' ')" "$pid")
  else
    kill -CONT "$pid"
  fi
done
kill -9 "${victims[@]}"
rm -f "$work/run/slurmd.$node.pid"
say "node $node killed with its daemons and workers, ${#victims[@]} processes"

go_on() { has_rows "$out" $((rows + 20)) || [ -z "$(workers "$out"/rows-*.jsonl)" ]; }
within 120 "the others do not go on" go_on
scancel "$job"
scontrol update nodename="$node" state=down reason=killed
within 60 "tasks go on" is_empty -t R
newest=$(find "$out" -name 'rows-*.jsonl' -size +1k -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2-)
truncate -s -37 "$newest"
exits 3 "$program" status "$file" "${large[@]}" --out "$out"
[ "$(count torn)" -ge 1 ] || fail "the torn line is not seen: $said"
say "the rest cancelled, 37 bytes cut off the newest file; status exits 3: $(count "done")" \
  "done, $(count missing) missing, $(count torn) torn"

# 3: the controller restarts.
script 9 "$out" "${large[@]}"
job=$(submit "$out.sh")
before=$(rows "$out")
within 60 "no new rows" has_rows "$out" $((before + 5))
kill "$(cat "$work/run/slurmctld.pid")"
before=$(rows "$out")
within 60 "the controller does not stop" is_gone "$work/run/slurmctld.pid"
slurmctld -f "$SLURM_CONF"
within 60 "the controller does not answer" answers
say "submitted again with 9 tasks; controller stopped and started, rows meanwhile: $(($(rows "$out") - before))"
within 120 "tasks do not end" is_empty -j "$job"
exits 0 "$program" status "$file" "${large[@]}" --out "$out"
torn=$(count torn)
same "$out" "$work/large.csv" "${large[@]}"
say "complete on the other nodes, torn lines left alone: $torn; the table of one process, byte for byte"

# 4: a run that cannot be made, and one that diverges, are rows; panics are in the tests of the library.
exits 0 "$program" run "$file" -s setting=xv -s 'n=[2, 10]' -s rate=1e30 -s seeds=2 --out "$work/bad"
says '2 diverged, 2 refused'
say "runs that are refused or diverge have rows: ${said##*now, }"

# 5: two attempts overlap: one is stopped while another makes all that it has not made.
out=$work/twice
"$program" run "$file" "${large[@]}" --out "$out" >"$out.out" 2>&1 &
first=$!
within 60 "no rows" has_rows "$out" 1
kill -STOP "$first"
exits 0 "$program" run "$file" "${large[@]}" --out "$out"
kill -CONT "$first"
wait "$first" || fail "the other attempt failed: $(cat "$out.out")"
exits 0 "$program" status "$file" "${large[@]}" --out "$out"
[ "$(count duplicate)" -ge 1 ] || fail "the attempts did not overlap: $said"
twins=$(count duplicate)
same "$out" "$work/large.csv" "${large[@]}"
say "two attempts at the same time: $twins duplicate rows, all the same; same table"

# 6: the sweep is edited, and edited back.
out=$work/edited
exits 0 "$program" run "$file" "${small[@]}" --out "$out"
exits 3 "$program" status "$file" "${small[@]}" -s batch=8 --out "$out"
foreign=$(count foreign)
[ "$foreign" = "$(count missing)" ] || fail "rows of the former sweep: $said"
exits 0 "$program" run "$file" "${small[@]}" -s batch=8 --out "$out"
says 'the former one is kept as'
exits 0 "$program" run "$file" "${small[@]}" --out "$out"
says ', 0 of them now'
same "$out" "$work/small.csv" "${small[@]}"
say "the sweep edited and edited back: $foreign foreign rows left alone, nothing run again, same table"

# 7: the disk is full.
out=$work/full
mkdir "$out"
if mount -t tmpfs -o size=8k tmpfs "$out" 2>/dev/null; then
  exits 2 "$program" run "$file" "${small[@]}" --out "$out"
  mount -o remount,size=1m "$out"
else
  # Without the right to mount, a limit of the size of files.
  exits 2 bash -c 'trap "" XFSZ; ulimit -f 8; exec "$@"' - "$program" run "$file" "${small[@]}" --out "$out"
fi
message=${said##*$'\n'}
exits 0 "$program" run "$file" "${small[@]}" --out "$out"
same "$out" "$work/small.csv" "${small[@]}"
say "the disk is full: ${message//"$work"\//}"
say "and with room again: same table"

# Corruption within a file.
out=$work/zeros
exits 0 "$program" run "$file" "${small[@]}" --out "$out"
rows_file=$(find "$out" -name 'rows-*.jsonl')
dd if=/dev/zero of="$rows_file" bs=1 seek=2000 count=1000 conv=notrunc status=none
exits 3 "$program" status "$file" "${small[@]}" --out "$out"
lost=$(count missing)
exits 0 "$program" run "$file" "${small[@]}" --out "$out"
same "$out" "$work/small.csv" "${small[@]}"
say "1000 bytes of zeros within a file: $lost rows lost and made again, same table"

# Rows that were changed.
out=$work/changed
exits 0 "$program" run "$file" "${small[@]}" --out "$out"
rows_file=$(find "$out" -name 'rows-*.jsonl')
sed 's/"steps":/"steps":1/' "$rows_file" >"$out/rows-other.jsonl"
exits 0 "$program" status "$file" "${small[@]}" --out "$out"
says "rows-other.jsonl"
faulty=$(count faulty)
[ "$faulty" -ge 1 ] || fail "no row was found to be changed: $said"
same "$out" "$work/small.csv" "${small[@]}"
say "rows that were changed: $faulty are named and passed over; same table"

# No time left.
out=$work/late
exits 3 "$program" run "$file" "${small[@]}" --out "$out" --max-time 1ms
exits 0 "$program" run "$file" "${small[@]}" --out "$out"
same "$out" "$work/small.csv" "${small[@]}"
say "out of time exits 3, and the next attempt completes it; same table"

# Parts of an array, which Slurm counts as an array of their own: the script says how many there were, and
# without that an index is too large.
out=$work/part
script 8 "$out" "${small[@]}"
job=$(submit --array=3,7 "$out.sh")
within 60 "tasks do not end" is_empty -j "$job"
[ "$(find "$out" -name 'rows-[37]of8-*' | wc -l)" = 2 ] || fail "tasks 3 and 7 were not made: $(ls "$out")"
wrap="'$program' run '$file' ${small[*]@Q} --out '$out'"
job=$(submit --array=3,7 -o "$out/logs/wrap-%a.log" --wrap "$wrap")
within 60 "tasks do not end" is_empty -j "$job"
said=$(cat "$out/logs/wrap-7.log")
says 'shard index 4 is out of range for 2 shards'
say "sbatch --array=3,7 of a script: shards 3 and 7 of 8; of a command: ${said%%;*}"

out=$work/step
mkdir -p "$out/logs"
job=$(submit --array=0-1 -n 2 -o "$out/logs/%a.log" --wrap "srun '$program' run '$file' ${small[*]@Q} --out '$out'")
within 60 "tasks do not end" is_empty -j "$job"
exits 0 "$program" status "$file" "${small[@]}" --out "$out"
[ "$(count duplicate)" = 0 ] || fail "processes of a step made the same runs: $said"
same "$out" "$work/small.csv" "${small[@]}"
say "srun -n 2 in each of 2 tasks: 4 shards, no run twice, same table"

# Other launchers.
if command -v parallel >/dev/null; then
  out=$work/parallel
  parallel --will-cite -j 2 SPARSE_PARITY_SHARDS=5 SPARSE_PARITY_SHARD={} \
    "$(printf '%q ' "$program" run "$file" "${small[@]}" --out "$out")" ::: 0 1 2 3 4 >"$out.out" 2>&1
  same "$out" "$work/small.csv" "${small[@]}"
  say "GNU parallel, 5 shards: same table"
fi

if command -v mpirun >/dev/null; then
  out=$work/mpi
  mpirun --allow-run-as-root --oversubscribe -n 4 \
    "$program" run "$file" "${small[@]}" --out "$out" >"$out.out" 2>&1
  [ "$(find "$out" -name 'rows-*of4-*' | wc -l)" = 4 ] || fail "mpirun has not made 4 shards"
  same "$out" "$work/small.csv" "${small[@]}"
  say "mpirun, 4 processes: same table"
fi
