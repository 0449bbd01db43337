#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs what `npm run test:tools` needs on Debian. Run this script as root.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends buildah chromium fonts-dejavu-core prometheus
