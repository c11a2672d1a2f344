#!/bin/sh
# Record what container engines say where they cannot do their work, into tests/data/tools/containers:
# `sh ci/recorders/containers.sh IMAGE`, as root on a Debian that is itself confined (no CAP_SYS_RESOURCE, cgroups of both kinds, no
# systemd, no iptables), with podman and runc. docker's client and crun come from apt-get download and are not installed.
set -u
image=${1:?"an image that is here"}
data=$(cd "$(dirname "$0")/../../tests/data/tools" && pwd)/containers
mkdir -p "$data"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"; userdel --remove recorded 2>/dev/null' EXIT
chmod 755 "$scratch"
cd "$scratch"
apt-get download docker.io crun libyajl2 > /dev/null 2>&1
for package in ./*.deb; do dpkg -x "$package" .; done
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$scratch/usr/lib/$(uname -m)-linux-gnu" "$scratch/usr/bin/crun" > crun
chmod 755 crun
docker=$scratch/usr/bin/docker
useradd --create-home recorded

said() { # the name of the record, a command: what it prints on each stream
    name=$1
    shift
    timeout 60 "$@" > "$data/$name.txt" 2> "$data/$name.err.txt"
    sed -i "s#$scratch/\(usr/bin/\)\?##g; s/[0-9a-f]\{64\}/ID/g; s/^time=\"[^\"]*\" //; s#%2F[^/]*%2F#%2F#; s/lookup \(\S*\) on [0-9.:]*/lookup \1 on RESOLVER/" "$data/$name".*
}
less='--ulimit=nofile=1024:20000 --ulimit=nproc=1000:1000'
said podman-version podman version --format '{{json .}}'
said podman-network podman run --rm "$image" true
said podman-rlimit podman run --rm --network=host "$image" true
said podman-rlimit-crun podman --runtime "$scratch/crun" run --rm --network=host "$image" true
said podman-hybrid podman --runtime "$scratch/crun" run --rm --network=host $less "$image" true
said podman-nocgroups podman run --rm --network=host $less --cgroups=disabled "$image" true
said podman-systemd podman --cgroup-manager systemd run --rm --network=host $less "$image" true
said podman-no-image podman run --rm --pull=never localhost/absent:1 true
said podman-no-registry podman run --rm nowhere.invalid/absent:1 true
said podman-rootless su recorded -c 'cd / && podman version --format "{{json .}}"'
said podman-rootless-run su recorded -c 'cd / && podman run --rm localhost/absent:1 true'
said docker-no-daemon "$docker" version --format '{{json .}}'
# A socket that is not the user's to open, at the place where the daemon has its own.
python3 -c 'import os, socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o600)' "$scratch/docker.sock"
said docker-permission su recorded -c "cd / && DOCKER_HOST=unix://$scratch/docker.sock $docker version --format '{{json .}}'"
find "$data" -size 0 -delete
