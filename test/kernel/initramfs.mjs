// SPDX-License-Identifier: Apache-2.0
// Writes the whole file system of the virtual machine as one archive: kernel modules, tools, Node.js, the built
// program, and guest.ts.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, realpathSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withDependencies } from './guest-kernel.mjs';
import { pathOf } from '../support/program-in-path.mjs';

/** Loaded at boot. The steps load the RDMA modules. */
const bootModules = ['e1000e', 'dummy'];
const rdmaModules = ['crc32_generic', 'ib_uverbs', 'ib_umad', 'rdma_ucm', 'rdma_rxe'];

const init = `#!/bin/sh
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
for module in $(cat /tier/boot-modules); do insmod /modules/$module.ko; done
ip link set lo up
node /tier/guest.cjs < /dev/null
echo "guest.ts exited with code $?"
sync; poweroff -f
`;

/** Writes the archive. `program` is the directory of the built program, `guest` the path of the bundled guest.ts. */
export function writeInitramfs(file, { kernel, program, guest }) {
  const archive = new Archive(file);
  try {
    for (const directory of [
      'bin',
      'dev',
      'lib',
      'lib64',
      'modules',
      'proc',
      'sys',
      'tier',
      'tier/dist',
      'tmp',
      'etc',
      'usr',
      'usr/lib',
      'var',
      'var/run',
    ])
      archive.directory(directory);
    archive.file('init', Buffer.from(init), 0o755);
    addPrograms(archive);
    addModules(archive, kernel);
    archive.file('tier/guest.cjs', readFileSync(guest), 0o644);
    for (const name of filesIn(program)) archive.file(`tier/dist/${name}`, readFileSync(join(program, name)), 0o644);
    archive.end();
  } finally {
    archive.close();
  }
}

function addPrograms(archive) {
  const busybox = pathOf('busybox');
  archive.file('bin/busybox', readFileSync(busybox), 0o755);
  for (const name of ['sh', 'mount', 'cat', 'insmod', 'rmmod', 'sync', 'poweroff', 'unshare'])
    archive.link(`bin/${name}`, 'busybox');
  const programs = { node: process.execPath, ip: pathOf('ip'), rdma: pathOf('rdma') };
  const libraries = new Set(Object.values(programs).flatMap(librariesOf));
  for (const [name, path] of Object.entries(programs))
    archive.file(`bin/${name}`, readFileSync(realpathSync(path)), 0o755);
  for (const path of libraries) archive.fileWithDirectories(path.slice(1), readFileSync(realpathSync(path)), 0o755);
}

/** Returns the paths of the shared libraries that a program loads. */
function librariesOf(program) {
  const text = execFileSync('ldd', [realpathSync(program)], { encoding: 'utf8' });
  return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path);
}

/** Adds the modules in one directory, and lists of them in load order, so that the machine needs no module index. */
function addModules(archive, kernel) {
  const flat = (path) => /([^/]+)\.ko(?:\.\w+)?$/.exec(path)[1];
  const lists = { 'boot-modules': bootModules, 'rdma-modules': rdmaModules };
  for (const list of Object.keys(lists)) {
    const files = withDependencies(kernel, lists[list]);
    archive.file(`tier/${list}`, Buffer.from(`${files.map(flat).join('\n')}\n`), 0o644);
    for (const path of files) archive.file(`modules/${flat(path)}.ko`, unpacked(join(kernel.modules, path)), 0o644);
  }
}

function unpacked(path) {
  if (path.endsWith('.ko')) return readFileSync(path);
  const [program] = path.endsWith('.xz') ? ['xz'] : ['zstd'];
  return execFileSync(program, ['-dc', path], { maxBuffer: 2 ** 26 });
}

/**
 * A cpio archive in the "newc" format, which the kernel unpacks
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
class Archive {
  #file;
  #inode = 1;
  #names = new Set();

  constructor(path) {
    this.#file = openSync(path, 'w');
  }

  directory(name) {
    this.#entry(name, 0o040755, Buffer.alloc(0));
  }

  file(name, content, mode) {
    this.#entry(name, 0o100000 | mode, content);
  }

  fileWithDirectories(name, content, mode) {
    const steps = dirname(name).split('/');
    steps.forEach((_, i) => this.directory(steps.slice(0, i + 1).join('/')));
    this.file(name, content, mode);
  }

  link(name, target) {
    this.#entry(name, 0o120777, Buffer.from(target));
  }

  end() {
    this.#entry('TRAILER!!!', 0, Buffer.alloc(0));
  }

  close() {
    closeSync(this.#file);
  }

  #entry(name, mode, content) {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    const fields = [this.#inode++, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, Buffer.byteLength(name) + 1, 0];
    const header = `070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}${name}\0`;
    this.#write(Buffer.from(header));
    this.#write(content);
  }

  /** Writes bytes, and pads to a multiple of four. */
  #write(bytes) {
    writeSync(this.#file, bytes);
    const excess = bytes.length % 4;
    if (excess !== 0) writeSync(this.#file, Buffer.alloc(4 - excess));
  }
}

/** Returns the files of a directory. The subdirectories of dist are for authors of adapters, not for the program. */
function filesIn(directory) {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}
