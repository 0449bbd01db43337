// SPDX-License-Identifier: Apache-2.0
// How the tiers build programs that no distribution packages, from their Go modules, and where they keep them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.RDMA_DP_TEST_CACHE || join(homedir(), '.cache', 'rdma-shared-dp');

/** Where one version of one program is kept, once it is built. */
export const directoryOf = (name, version) => join(cache, name, version);

/** Those of the programs that are not in the cache. A program has a title, a directory, the file in it and how it is built. */
export const notBuilt = (programs) => programs.filter(({ directory, file }) => !existsSync(join(directory, file)));

/** Builds what is missing: some minutes for each, and then never again. Throws when Go fails. */
export function buildMissing(programs, tell) {
  for (const { title, directory, build: make } of notBuilt(programs)) {
    const since = performance.now();
    tell(`building ${title} from its Go module (once; one of Kubernetes takes about 4 minutes on two cores) ...`);
    make(directory);
    tell(`${title} is in ${directory} after ${Math.round((performance.now() - since) / 1000)} s`);
  }
}

/**
 * Builds commands of Kubernetes, and of modules that it requires. Its module replaces its staging modules by directories of its
 * own repository, and replacements of a dependency do not count: each is repeated with the version under which it is published,
 * v0.X.Y for v1.X.Y.
 */
export function buildOfKubernetes({ version, directory, packages }) {
  const [, minor] = version.split('.');
  const { Go, GoDebug, Replace } = moduleOf('k8s.io/kubernetes', version);
  const staging = (Replace ?? []).filter(({ New }) => New.Path.startsWith('./staging/')).map(({ Old }) => Old.Path);
  const lines = [
    ...(GoDebug ?? []).map(({ Key, Value }) => `godebug ${Key}=${Value}`),
    ...staging.map((path) => `replace ${path} => ${path} v0${version.slice(2)}`),
  ];
  // The version that they call themselves by also decides their feature gates.
  const named = { gitVersion: version, gitMajor: '1', gitMinor: minor };
  const flags = Object.entries(named).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  build({ directory, go: Go, requires: `k8s.io/kubernetes ${version}`, lines, flags, packages });
}

/** Builds commands of a module that replaces nothing. */
export function buildOfModule({ path, version, directory, flags, packages }) {
  const { Go } = moduleOf(path, version);
  build({ directory, go: Go, requires: `${path} ${version}`, lines: [], flags, packages });
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
  writeFileSync(
    join(work, 'go.mod'),
    ['module test-tier', `go ${goVersion}`, `require ${requires}`, ...lines, ''].join('\n'),
  );
  go(
    [
      'build',
      '-mod=mod',
      '-buildvcs=false',
      '-trimpath',
      '-ldflags',
      `-s -w ${flags.join(' ')}`,
      '-o',
      `${out}/`,
      ...packages,
    ],
    work,
  );
  rmSync(work, { recursive: true });
  renameSync(out, directory);
}

function go(words, cwd = '/') {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
  return execFileSync('go', words, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
