#!/usr/bin/env bash
# Records the machine that screenshots/ shows: real Docker and Podman containers, a named, a leaked and a
# sandboxed namespace, in pid, mount, uts and network namespaces of its own. Needs root, gcc, docker.io,
# podman, runc. Look at what was recorded before it is committed: cgroup paths may tell of the machine. Usage: record-scenario.sh FILE
set -eu
here=$(dirname "$(readlink -f "$0")")
out=$1
if [ "${2:-}" != inside ]; then
  out=$(realpath --relative-to="$here/../.." "$1")
  cd "$here/../.." # command lines are recorded too: they shall name no path of this machine
  exec unshare --pid --mount --uts --net --fork --kill-child --mount-proc bash test/pictures/record-scenario.sh "$out" inside
fi
hostname node7
work=$(mktemp -d)
trap 'umount -R -l "$work" 2>/dev/null || true; rm -rf "$work"' EXIT
mount --make-rprivate /
mount -t tmpfs scenario /run
# What the machine itself has mounted below /mnt is nobody's business.
for _ in 1 2 3; do umount -R -l /mnt/* /mnt/*/* /mnt/*/*/* /mnt/*/*/*/* 2>/dev/null || true; done
mount -t tmpfs storage /mnt
mount --make-shared /mnt
mkdir -p /mnt/data/volume-7
mkdir -p /run/netns
gcc -static -O1 -o "$work/idle" "$here/idle.c"
gcc -pthread -O1 -o "$work/scene" "$here/../sandbox/scene.c"
gcc -O1 -o "$work/spoold" "$here/../sandbox/ipc-objects.c"
mkdir -p "$work/rootfs/bin"
cp "$work/idle" "$work/rootfs/bin/idle"
ip link set lo up
IDLE_LISTEN=22 "$work/idle" /usr/sbin/sshd "sshd: alice [priv]" "-bash" &
"$work/idle" /lib/systemd/systemd-journald &
unshare -m "$work/idle" /lib/systemd/systemd-resolved &
unshare -Ur "$work/idle" "bash" "vim notes.txt" &
unshare -Urnipf --mount-proc "$work/idle" "bwrap --unshare-all firefox" "firefox -contentproc" &
unshare -u -i -T --fork --boottime 86400 "$work/spoold" mail-3 example.org > /dev/null &
ip netns add lab
"$work/scene" fd < <(sleep 600) > /dev/null &
"$work/scene" thread < <(sleep 600) > /dev/null &

cat > "$work/daemon.json" <<JSON
{"bridge":"none","iptables":false,"ip6tables":false,"storage-driver":"vfs","data-root":"$work/docker",
 "exec-root":"$work/exec","pidfile":"$work/pid","hosts":["unix:///run/docker.sock"],"exec-opts":["native.cgroupdriver=cgroupfs"]}
JSON
dockerd --config-file "$work/daemon.json" > "$work/dockerd.log" 2>&1 &
export DOCKER_HOST=unix:///run/docker.sock
for _ in $(seq 100); do docker version > /dev/null 2>&1 && break; sleep 0.2; done
tar -C "$work/rootfs" -c . | docker import - nginx:1.27 > /dev/null
docker tag nginx:1.27 redis:7
container() { # NAME PORT [-v VOLUME] IMAGE WORDS…
  local name=$1 port=$2 options=()
  shift 2
  [ "$1" = -v ] && options=(-v "$2") && shift 2
  [ "$port" = - ] || options+=(-e "IDLE_LISTEN=$port")
  docker run -d --name "$name" --network none --ulimit nofile=1024:1024 "${options[@]}" "$1" /bin/idle "${@:2}" > /dev/null
}
container web-1 8080 -v /mnt/data:/data:rslave nginx:1.27 "nginx: master process nginx -g daemon off;" "nginx: worker process" "nginx: worker process"
container web-2 8080 nginx:1.27 "nginx: master process nginx -g daemon off;" "nginx: worker process"
container cache 6379 -v /mnt/data:/data redis:7 "redis-server *:6379"
podman() { command podman --root "$work/podman" --runroot "$work/podman-run" --tmpdir "$work/podman-tmp" --storage-driver=vfs --cgroup-manager=cgroupfs --runtime=runc "$@"; }
podman run -d --name db-7 --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --rootfs "$work/rootfs" /bin/idle postgres "postgres: checkpointer" "postgres: walwriter" > /dev/null
# A bridge with an uplink; containers at its ports; a macvlan that was given to the namespace lab.
ip link add br0 type bridge
ip addr add 10.9.0.1/24 dev br0
ip link set br0 up
ip link add uplink type ifb
ip addr add 192.0.2.7/24 dev uplink
ip link set uplink up
ip route add default via 192.0.2.1
echo 1 > /proc/sys/net/ipv4/ip_forward
wire() { # NAME PID ADDRESS
  ip link add "veth-$1" type veth peer name eth0 netns "$2"
  ip link set "veth-$1" master br0 up
  nsenter -t "$2" -n sh -c "ip link set lo up; ip addr add $3/24 dev eth0; ip link set eth0 up; ip route add default via 10.9.0.1"
}
pid_of() { docker inspect -f '{{.State.Pid}}' "$1"; }
wire web-1 "$(pid_of web-1)" 10.9.0.2
wire web-2 "$(pid_of web-2)" 10.9.0.3
wire cache "$(pid_of cache)" 10.9.0.4
wire db-7 "$(podman inspect -f '{{.State.Pid}}' db-7)" 10.9.0.5
ip link add lab0 link uplink type macvlan mode bridge && ip link set lab0 netns lab
ip -n lab addr add 192.0.2.9/24 dev lab0 && ip -n lab link set lab0 up
touch /run/netns/old-test
# Mounted after the containers were made: only the slave gets it.
mount -t tmpfs volume-7 /mnt/data/volume-7
mkdir -p /run/podman
podman system service --time=0 unix:///run/podman/podman.sock &
sleep 2
(sleep 1.2; ip netns add staging; sleep 1; ip netns del staging; docker rm -f web-2 > /dev/null) &
bin/nsview record "$out" --every 500ms --for 4s
podman rm -f -t 0 db-7 > /dev/null
docker rm -f web-1 cache > /dev/null
kill "$(cat "$work/pid")"
sleep 1
