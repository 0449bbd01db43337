#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Collects in TARGET everything that the program needs to run: node with its shared libraries, the build, and the program
# under both of its names. No shell, no package manager, nothing else. Works on any architecture.
set -eu

if [ "$#" -ne 3 ]; then
  echo "usage: rootfs.sh NODE DIST TARGET" >&2
  exit 2
fi
node=$(readlink -f "$1")
dist=$2
target=$3
home=/usr/lib/rdma-shared-dp

# A library keeps the path by which node refers to it; that path may be a symbolic link.
libraries=$(ldd "$node" | awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\// { print $1 }')
for file in "$node" $libraries; do
  mkdir -p "$target$(dirname "$file")"
  cp -L "$file" "$target$file"
done

mkdir -p "$target$home" "$target/bin" "$target/tmp"
cp -R "$dist/." "$target$home/"
# The kernel reads the first line itself, so neither a shell nor env is needed.
for name in rdma-shared-dp k8s-rdma-shared-dp; do
  printf '#!%s\nrequire("%s/rdma-shared-dp.js");\n' "$node" "$home" > "$target/bin/$name"
  chmod 755 "$target/bin/$name"
done
