// SPDX-License-Identifier: Apache-2.0
// The kubelets and the containerd of this tier, and how to build them from their Go modules.
import { buildMissing, buildOfKubernetes, buildOfModule, directoryOf, notBuilt } from '../support/go-programs.mjs';

/** Kubelets of both generations: how a kubelet keeps its clients changed after 1.36. */
export const kubeletVersions = ['v1.34.4', 'v1.36.3', 'v1.37.2'];
/** Debian 12's containerd ignores the CDI field of the kubelet. This version supports it. */
export const containerdVersion = 'v2.4.2';

const containerd = 'github.com/containerd/containerd/v2';

export const directoryOfKubelet = (version) => directoryOf('kubelet', version);
export const directoryOfContainerd = (version) => directoryOf('containerd', version);

/** The programs of this tier that no distribution packages, in the order in which they are built. */
const programs = [
  {
    title: `containerd ${containerdVersion}`,
    file: 'containerd',
    directory: directoryOfContainerd(containerdVersion),
    build: buildContainerd,
  },
  ...kubeletVersions.map((version) => ({
    title: `kubelet ${version}`,
    file: 'kubelet',
    directory: directoryOfKubelet(version),
    build: (directory) => buildOfKubernetes({ version, directory, packages: ['k8s.io/kubernetes/cmd/kubelet'] }),
  })),
];

export const missingPrograms = () => notBuilt(programs);
export const buildMissingPrograms = (print) => buildMissing(programs, print);

function buildContainerd(directory) {
  buildOfModule({
    path: containerd,
    version: containerdVersion,
    directory,
    flags: [`-X ${containerd}/version.Version=${containerdVersion}`],
    packages: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => `${containerd}/cmd/${name}`),
  });
}
