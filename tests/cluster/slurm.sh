#!/bin/sh
# A Slurm cluster on one machine: hosts.sh's three hosts, of which the first runs slurmctld and the two
# others slurmd, each with a hostname of its own. FOLDER gets their files and logs; commands of Slurm
# find the cluster by SLURM_CONF=FOLDER/slurm.conf. Needs Debian's slurm-wlm and munge, and root.
#
#   slurm.sh up FOLDER NAME NET      starts it, and waits until both nodes are idle
#   slurm.sh run FOLDER NAME CMD...  runs CMD on the first host, `head`
#   slurm.sh down FOLDER NAME        ends it with all that it runs, and removes the hosts
set -eu

command=$1
folder=$2
name=$3
hosts=$(dirname "$0")/hosts.sh

on() {  # on N HOSTNAME CMD...: in the network of host N, with that hostname
    number=$1
    hostname=$2
    shift 2
    nsenter --net="/run/netns/iolab-$name-$number" unshare --uts \
        sh -c 'hostname "$1"; shift; exec "$@"' sh "$hostname" "$@"
}

nodes_idle() {
    [ "$(sinfo --noheader --Node --format=%T | grep -cx idle)" = 2 ]
}

case $command in
up)
    net=$4
    mkdir -p "$folder/state" "$folder/spool-lab-1" "$folder/spool-lab-2"
    chmod 700 "$folder"
    sh "$hosts" up "$name" "$net"
    export SLURM_CONF="$folder/slurm.conf"
    cat >"$SLURM_CONF" <<CONF
ClusterName=iolab
SlurmctldHost=head($net.11)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=1
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
KillWait=2
MailProg=/bin/true
NodeName=lab-1 NodeAddr=$net.12 CPUs=2 RealMemory=4000
NodeName=lab-2 NodeAddr=$net.13 CPUs=2 RealMemory=4000
PartitionName=lab Nodes=lab-1,lab-2 Default=YES MaxTime=1:00:00
CONF
    head -c 1024 /dev/urandom >"$folder/munge.key"
    chmod 400 "$folder/munge.key"
    munged --force --socket="$folder/munge.socket" --key-file="$folder/munge.key" \
        --pid-file="$folder/munge.pid" --log-file="$folder/munge.log" --seed-file="$folder/munge.seed"
    on 1 head slurmctld
    on 2 lab-1 slurmd
    on 3 lab-2 slurmd
    for _ in $(seq 300); do
        if nodes_idle 2>/dev/null; then
            exit 0
        fi
        sleep 0.1
    done
    echo "slurm.sh: the nodes are not idle after 30 s; the logs are in $folder" >&2
    exit 1
    ;;
run)
    shift 3
    export SLURM_CONF="$folder/slurm.conf"
    on 1 head "$@"
    ;;
down)
    sh "$hosts" down "$name"
    [ ! -f "$folder/munge.pid" ] || kill "$(cat "$folder/munge.pid")" 2>/dev/null || true
    ;;
*)
    echo "slurm.sh: $command is none of up, run, down" >&2
    exit 2
    ;;
esac
