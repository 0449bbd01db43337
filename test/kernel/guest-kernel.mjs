// SPDX-License-Identifier: Apache-2.0
// The kernel that the machine boots: Debian's own, fetched once and kept in the cache, never installed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = process.env.RDMA_DP_TEST_CACHE || join(homedir(), '.cache', 'rdma-shared-dp');
const root = join(cache, 'guest-kernel');

/** `image` is the kernel, `modules` its directory of modules, `version` its name; null where none was fetched. */
export function guestKernel() {
  const directory = join(root, 'lib', 'modules');
  if (!existsSync(directory)) return null;
  const [version] = readdirSync(directory);
  if (version === undefined || !existsSync(join(directory, version, 'modules.dep'))) return null;
  return { version, image: join(root, 'boot', `vmlinuz-${version}`), modules: join(directory, version) };
}

/** Fetches Debian's newest kernel package by apt and unpacks it into the cache. Throws when apt fails. */
export function fetchGuestKernel() {
  if (guestKernel() !== null) return;
  const work = `${root}.new`;
  for (const path of [work, root]) rmSync(path, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const depends = run('apt-cache', ['depends', 'linux-image-amd64'], work);
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error('apt knows no kernel: linux-image-amd64 depends on none');
  run('apt-get', ['download', '-q', name], work);
  const archive = readdirSync(work).find((file) => file.endsWith('.deb'));
  run('dpkg-deb', ['-x', archive, '.'], work);
  rmSync(join(work, archive));
  // A system whose /lib is a link has them below /usr.
  const [base, modules] =
    [work, join(work, 'usr')]
      .map((path) => [path, join(path, 'lib', 'modules')])
      .find(([, path]) => existsSync(path)) ?? [];
  if (modules === undefined) throw new Error(`${name} has no modules`);
  if (base !== work) renameSync(join(base, 'lib'), join(work, 'lib'));
  const [version] = readdirSync(join(work, 'lib', 'modules'));
  run('depmod', ['-b', work, version], work);
  renameSync(work, root);
}

/** The files of some modules and of all that they need, each after what it needs, relative to the directory of modules. */
export function modulesWithNeeds({ modules }, names) {
  const needs = new Map();
  for (const line of readFileSync(join(modules, 'modules.dep'), 'utf8').split('\n')) {
    const [file, rest] = line.split(':');
    if (rest !== undefined) needs.set(nameOf(file), [...rest.trim().split(/\s+/).filter(Boolean).toReversed(), file]);
  }
  return [...new Set(names.flatMap((name) => needs.get(name) ?? []))];
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
