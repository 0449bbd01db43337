// SPDX-License-Identifier: Apache-2.0
// The API server of this tier, its etcd, and how to build them from their Go modules.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { buildMissing, buildOfKubernetes, directoryOf, notBuilt } from '../support/go-programs.mjs';

export const apiServerVersion = 'v1.37.2';

/** Has `kube-apiserver` and `etcd`. The etcd is the version that this Kubernetes requires. */
export const directoryOfApiServer = directoryOf('kube-apiserver', apiServerVersion);

const programs = [
  {
    title: `kube-apiserver ${apiServerVersion} and its etcd`,
    file: 'etcd',
    directory: directoryOfApiServer,
    build: buildApiServer,
  },
];

export const missingPrograms = () => notBuilt(programs);
export const buildMissingPrograms = (print) => buildMissing(programs, print);

function buildApiServer(directory) {
  buildOfKubernetes({
    version: apiServerVersion,
    directory,
    packages: ['k8s.io/kubernetes/cmd/kube-apiserver', 'go.etcd.io/etcd/server/v3'],
  });
  // Go names a command after the path of its module.
  renameSync(join(directory, 'server'), join(directory, 'etcd'));
}
