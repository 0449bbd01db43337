// SPDX-License-Identifier: Apache-2.0
// The kernel that the machine boots: Debian's own. It is fetched once and kept in the cache, but not installed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.RDMA_DP_TEST_CACHE || join(homedir(), '.cache', 'rdma-shared-dp');
const root = join(cache, 'guest-kernel');

/**
 * Returns the version of the fetched kernel, the path of its image, and the path of its directory of modules. Returns
 * null if no kernel has been fetched.
 */
export function guestKernel() {
  const directory = join(root, 'lib', 'modules');
  if (!existsSync(directory)) return null;
  const [version] = readdirSync(directory);
  if (version === undefined || !existsSync(join(directory, version, 'modules.dep'))) return null;
  return { version, image: join(root, 'boot', `vmlinuz-${version}`), modules: join(directory, version) };
}

/** Fetches Debian's newest kernel package with apt and unpacks it into the cache. Throws if apt fails. */
export function fetchGuestKernel() {
  if (guestKernel() !== null) return;
  const work = `${root}.new`;
  for (const path of [work, root]) rmSync(path, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const dependencies = run('apt-cache', ['depends', 'linux-image-amd64'], work);
  const name = /Depends: (linux-image-\S+)/.exec(dependencies)?.[1];
  if (name === undefined) throw new Error('apt-cache lists no kernel package that linux-image-amd64 depends on');
  run('apt-get', ['download', '-q', name], work);
  const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
  run('dpkg-deb', ['-x', archive, '.'], work);
  rmSync(join(work, archive));
  // The modules are in /usr/lib on systems where /lib is a link.
  const [base, modules] =
    [work, join(work, 'usr')]
      .map((path) => [path, join(path, 'lib', 'modules')])
      .find(([, path]) => existsSync(path)) ?? [];
  if (modules === undefined) throw new Error(`the package ${name} contains no kernel modules`);
  if (base !== work) renameSync(join(base, 'lib'), join(work, 'lib'));
  const [version] = readdirSync(join(work, 'lib', 'modules'));
  run('depmod', ['-b', work, version], work);
  renameSync(work, root);
}

/**
 * Returns the files of these modules and of all their dependencies, relative to the directory of modules. Each module
 * comes after its dependencies.
 */
export function withDependencies({ modules }, names) {
  const filesByName = new Map();
  for (const line of readFileSync(join(modules, 'modules.dep'), 'utf8').split('\n')) {
    const [file, rest] = line.split(':');
    if (rest !== undefined)
      filesByName.set(nameOf(file), [...rest.trim().split(/\s+/).filter(Boolean).toReversed(), file]);
  }
  return [...new Set(names.flatMap((name) => filesByName.get(name) ?? []))];
}

function nameOf(file) {
  return /([^/]+)\.ko(\.\w+)?$/.exec(file)?.[1]?.replaceAll('-', '_') ?? file;
}

function run(program, words, cwd) {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  return execFileSync(program, words, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
