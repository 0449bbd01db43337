#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command in a mount namespace that has the files of a ServiceAccount where a pod has them: in-pod.sh DIRECTORY COMMAND...
set -eu
files=$1
shift
run=$(readlink -f /var/run)
mount -t tmpfs -o mode=755 tmpfs "$run"
mkdir -p "$run/secrets/kubernetes.io/serviceaccount"
mount --bind "$files" "$run/secrets/kubernetes.io/serviceaccount"
exec "$@"
