// SPDX-License-Identifier: Apache-2.0
// The API server of this tier and the etcd that it keeps its objects in, and how they are built from their Go modules.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { buildMissing, buildOfKubernetes, directoryOf, notBuilt } from '../support/go-programs.mjs';

export const apiServerVersion = 'v1.37.2';

/** Holds `kube-apiserver` and `etcd`: the etcd is the one that this Kubernetes requires, and so is tested with. */
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
export const buildMissingPrograms = (tell) => buildMissing(programs, tell);

function buildApiServer(directory) {
  buildOfKubernetes({
    version: apiServerVersion,
    directory,
    packages: ['k8s.io/kubernetes/cmd/kube-apiserver', 'go.etcd.io/etcd/server/v3'],
  });
  // Go calls a command by its module's path.
  renameSync(join(directory, 'server'), join(directory, 'etcd'));
}
