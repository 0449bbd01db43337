// SPDX-License-Identifier: Apache-2.0
// The kubelets and the containerd of this tier, and how they are built from their Go modules.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** One of each minor version; the first generation of client tables ends with 1.36. */
export const kubeletVersions = ['v1.34.4', 'v1.36.3', 'v1.37.2'];
/** Debian 12's containerd passes over the kubelet's CDI field; this one takes it. */
export const containerdVersion = 'v2.4.2';

const cache = process.env.RDMA_DP_TEST_CACHE || join(homedir(), '.cache', 'rdma-shared-dp');
const containerd = 'github.com/containerd/containerd/v2';

export const directoryOfKubelet = (version) => join(cache, 'kubelet', version);
export const directoryOfContainerd = (version) => join(cache, 'containerd', version);

/** Everything that the tier runs and that no distribution packages, in the order of building. */
const programs = [
  { title: `containerd ${containerdVersion}`, file: 'containerd', directory: directoryOfContainerd(containerdVersion), build: buildContainerd },
  ...kubeletVersions.map((version) => ({
    title: `kubelet ${version}`,
    file: 'kubelet',
    directory: directoryOfKubelet(version),
    build: (directory) => buildKubelet(version, directory),
  })),
];

/** The programs that are not in the cache. */
export function missingPrograms() {
  return programs.filter(({ directory, file }) => !existsSync(join(directory, file)));
}

/** Builds what is missing: some minutes for each kubelet, and then never again. Throws when Go fails. */
export function buildMissingPrograms(tell) {
  for (const { title, directory, build: make } of missingPrograms()) {
    const since = performance.now();
    tell(`building ${title} from its Go module (once; a kubelet takes about 4 minutes on two cores) ...`);
    make(directory);
    tell(`${title} is in ${directory} after ${Math.round((performance.now() - since) / 1000)} s`);
  }
}

/**
 * The kubelet's module replaces its staging modules by directories of its own repository, and replacements of a dependency
 * do not count: each is repeated with the version under which it is published, v0.X.Y for v1.X.Y.
 */
function buildKubelet(version, directory) {
  const [, minor] = version.split('.');
  const { Go, GoDebug, Replace } = moduleOf('k8s.io/kubernetes', version);
  const staging = (Replace ?? []).filter(({ New }) => New.Path.startsWith('./staging/')).map(({ Old }) => Old.Path);
  const lines = [
    ...(GoDebug ?? []).map(({ Key, Value }) => `godebug ${Key}=${Value}`),
    ...staging.map((path) => `replace ${path} => ${path} v0${version.slice(2)}`),
  ];
  // The version that it calls itself by also decides its feature gates.
  const named = { gitVersion: version, gitMajor: '1', gitMinor: minor };
  const flags = Object.entries(named).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  build({ directory, go: Go, requires: `k8s.io/kubernetes ${version}`, lines, flags, packages: ['k8s.io/kubernetes/cmd/kubelet'] });
}

function buildContainerd(directory) {
  const { Go } = moduleOf(containerd, containerdVersion);
  build({
    directory,
    go: Go,
    requires: `${containerd} ${containerdVersion}`,
    lines: [],
    flags: [`-X ${containerd}/version.Version=${containerdVersion}`],
    packages: ['containerd', 'containerd-shim-runc-v2', 'ctr'].map((name) => `${containerd}/cmd/${name}`),
  });
}

/** The module's go.mod, as Go reads it. */
function moduleOf(path, version) {
  const { GoMod } = JSON.parse(go(['mod', 'download', '-json', `${path}@${version}`]));
  return JSON.parse(go(['mod', 'edit', '-json', GoMod]));
}

/** Builds commands as dependencies of a module made for it, whose `go` line keeps Go from reading modules it never needs. */
function build({ directory, go: goVersion, requires, lines, flags, packages }) {
  const work = `${directory}.work`;
  const out = `${directory}.new`;
  for (const path of [work, out, directory]) rmSync(path, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  mkdirSync(out);
  writeFileSync(join(work, 'go.mod'), ['module kubelet-tier', `go ${goVersion}`, `require ${requires}`, ...lines, ''].join('\n'));
  go(['build', '-mod=mod', '-buildvcs=false', '-trimpath', '-ldflags', `-s -w ${flags.join(' ')}`, '-o', `${out}/`, ...packages], work);
  rmSync(work, { recursive: true });
  renameSync(out, directory);
}

function go(words, cwd = '/') {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
  return execFileSync('go', words, { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'inherit'] });
}
