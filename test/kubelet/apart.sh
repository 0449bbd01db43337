#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first process of the namespaces in which containerd and the kubelet run: apart.sh DIRECTORY CONTAINERD NODE...
#
# The kubelet fixes /var/lib/kubelet/device-plugins whatever its root directory is, and both programs write to places of
# their own below /run and /var. Here all of these lie in memory, and the kubelet's directory in DIRECTORY, where plugins
# outside see it too. /dev is private as well: each NODE is made in /dev/infiniband as a clone of /dev/null.
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
for place in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs "$place"; done
mkdir /var/lib/kubelet
mount --bind "$directory/kubelet" /var/lib/kubelet
exec "$containerd" --config "$directory/containerd.toml"
