// SPDX-License-Identifier: Apache-2.0
// Builds programs that no distribution packages from their Go modules, and keeps them in a cache. Used by the tiers.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.RDMA_DP_TEST_CACHE || join(homedir(), '.cache', 'rdma-shared-dp');

/** Returns the directory in the cache for one version of a program. */
export const directoryOf = (name, version) => join(cache, name, version);

/**
 * Returns the programs that are not in the cache. A program has `title`, `directory`, `file` in it, and
 * `build(directory)`.
 */
export const notBuilt = (programs) => programs.filter(({ directory, file }) => !existsSync(join(directory, file)));

/** Builds the programs that are not in the cache. Each takes a few minutes, but only once. Throws if Go fails. */
export function buildMissing(programs, print) {
  for (const { title, directory, build: buildInto } of notBuilt(programs)) {
    const startedAt = performance.now();
    print(`building ${title} from its Go module (once; about 4 minutes on two cores if it is part of Kubernetes) ...`);
    buildInto(directory);
    print(`built ${title} in ${Math.round((performance.now() - startedAt) / 1000)} s: ${directory}`);
  }
}

/**
 * Builds commands of Kubernetes, and of modules that it requires. The module of Kubernetes replaces its staging modules
 * with directories of its repository, but Go ignores the replacements of a dependency. This function therefore replaces
 * each one with its published version: v0.X.Y for Kubernetes v1.X.Y.
 */
export function buildOfKubernetes({ version, directory, packages }) {
  const [, minor] = version.split('.');
  const { Go, GoDebug, Replace } = moduleOf('k8s.io/kubernetes', version);
  const staging = (Replace ?? []).filter(({ New }) => New.Path.startsWith('./staging/')).map(({ Old }) => Old.Path);
  const lines = [
    ...(GoDebug ?? []).map(({ Key, Value }) => `godebug ${Key}=${Value}`),
    ...staging.map((path) => `replace ${path} => ${path} v0${version.slice(2)}`),
  ];
  // The feature gates of the programs depend on this version.
  const versionVariables = { gitVersion: version, gitMajor: '1', gitMinor: minor };
  const flags = Object.entries(versionVariables).map(
    ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
  );
  build({ directory, go: Go, requires: `k8s.io/kubernetes ${version}`, lines, flags, packages });
}

/** Builds commands of a module without replacements. */
export function buildOfModule({ path, version, directory, flags, packages }) {
  const { Go } = moduleOf(path, version);
  build({ directory, go: Go, requires: `${path} ${version}`, lines: [], flags, packages });
}

/** Returns the go.mod file of a module, as Go parses it. */
function moduleOf(path, version) {
  const { GoMod } = JSON.parse(go(['mod', 'download', '-json', `${path}@${version}`]));
  return JSON.parse(go(['mod', 'edit', '-json', GoMod]));
}

/**
 * Builds commands as dependencies of a temporary module. Its `go` line matches that of the required module, so that Go
 * reads only the modules that it needs.
 */
function build({ directory, go: goVersion, requires, lines, flags, packages }) {
  const workDirectory = `${directory}.work`;
  const output = `${directory}.new`;
  for (const path of [workDirectory, output, directory]) rmSync(path, { recursive: true, force: true });
  mkdirSync(workDirectory, { recursive: true });
  mkdirSync(output);
  writeFileSync(
    join(workDirectory, 'go.mod'),
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
      `${output}/`,
      ...packages,
    ],
    workDirectory,
  );
  rmSync(workDirectory, { recursive: true });
  renameSync(output, directory);
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
