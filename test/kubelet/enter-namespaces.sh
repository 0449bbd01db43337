#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Usage: enter-namespaces.sh DIRECTORY CONTAINERD NODE...
# Runs as the first process of the namespaces in which containerd and the kubelet run.
#
# The kubelet always uses /var/lib/kubelet/device-plugins, whatever its root directory is, and both programs write to fixed
# paths under /run and /var. This script mounts tmpfs there, and the kubelet's directory from DIRECTORY, so that plugins
# outside of the namespaces see it too. /dev is also private: it has a copy of /dev/null for each NODE in /dev/infiniband.
set -eu
directory=$1 containerd=$2
shift 2
mount -t tmpfs -o mode=755 tmpfs /dev
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0' 'kmsg 1 11'; do
  # shellcheck disable=SC2086
  mknod -m 666 /dev/${node%% *} c ${node#* }
done
mkdir /dev/pts /dev/shm /dev/mqueue /dev/infiniband
mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts
ln -s pts/ptmx /dev/ptmx
ln -s /proc/self/fd /dev/fd
for node; do mknod -m 666 "/dev/infiniband/$node" c 1 3; done
for path in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs "$path"; done
mkdir /var/lib/kubelet
mount --bind "$directory/kubelet" /var/lib/kubelet
exec "$containerd" --config "$directory/containerd.toml"
