#!/bin/sh
# Three hosts on one machine: a network namespace each, joined by a bridge. NAME keeps several of them
# apart, at most six characters; NET is the first three numbers of their network.
#
#   hosts.sh up NAME NET      the bridge has NET.1, the hosts have NET.11, NET.12, NET.13
#   hosts.sh cut NAME N       takes host N off the bridge, as when a cable is pulled
#   hosts.sh mend NAME N      and puts it back
#   hosts.sh down NAME        ends what runs in them, and removes everything
#
# The process of host N is started by: nsenter --net=/run/netns/iolab-NAME-N ... (`ip netns exec` would
# hide the control groups).
set -eu

name=$2
bridge=iol$name

forward() {  # Docker drops what is forwarded, and a bridge's own traffic counts as that on some kernels
    iptables "$1" FORWARD -i "$bridge" -o "$bridge" -j ACCEPT 2>/dev/null
}

case $1 in
up)
    net=$3
    ip link add "$bridge" type bridge
    ip address add "$net.1/24" dev "$bridge"
    ip link set "$bridge" up
    forward -I || true
    for n in 1 2 3; do
        host=iolab-$name-$n
        ip netns add "$host"
        ip link add "v$name-$n" type veth peer name eth0 netns "$host"
        ip link set "v$name-$n" master "$bridge" up
        ip -n "$host" address add "$net.1$n/24" dev eth0
        ip -n "$host" link set lo up
        ip -n "$host" link set eth0 up
    done
    ;;
cut)
    ip link set "v$name-$3" down
    ;;
mend)
    ip link set "v$name-$3" up
    ;;
down)
    for n in 1 2 3; do
        host=iolab-$name-$n
        for pid in $(ip netns pids "$host" 2>/dev/null); do
            kill -KILL "$pid" 2>/dev/null || true
        done
        # The kernel removes the device some time after its namespace; the next hosts may have this name.
        ip link delete "v$name-$n" 2>/dev/null || true
        ip netns delete "$host" 2>/dev/null || true
    done
    forward -D || true
    ip link delete "$bridge" 2>/dev/null || true
    ;;
*)
    echo "hosts.sh: $1 is none of up, cut, mend, down" >&2
    exit 2
    ;;
esac
