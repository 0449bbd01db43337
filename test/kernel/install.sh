#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what `npm run test:kernel` needs on Debian, and fetches the kernel that the tests boot. Run this script as root.
set -eu
cd "$(dirname "$0")"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends qemu-system-x86 busybox-static iproute2 kmod
exec node --input-type=module -e '
  import { fetchGuestKernel } from "./guest-kernel.mjs";
  import { whatIsMissing } from "./requirements.mjs";
  fetchGuestKernel();
  const missing = whatIsMissing();
  console.error(missing.join("\n"));
  process.exitCode = missing.length === 0 ? 0 : 1;'
