#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what `npm run test:kubelet` needs on Debian 12, except Go, and builds the kubelets. Run this script as root.
set -eu
cd "$(dirname "$0")"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends busybox-static containerd runc tar util-linux
exec node --input-type=module -e '
  import { buildMissingPrograms } from "./programs.mjs";
  import { whatIsMissing } from "./requirements.mjs";
  const missing = whatIsMissing();
  if (missing.length === 0) buildMissingPrograms((line) => console.error(line));
  else console.error(missing.join("\n"));
  process.exitCode = missing.length === 0 ? 0 : 1;'
