// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const imageName = 'localhost/rdma-tier/busybox:1';

const architectures: Readonly<Partial<Record<string, string>>> = { x64: 'amd64' };

/**
 * Writes `image.tar` into the directory: an image of the machine's static busybox, for the pods and their sandboxes.
 */
export function buildImage(directory: string): void {
  const root = join(directory, 'image');
  for (const path of ['bin', 'dev', 'etc', 'proc', 'sys', 'tmp']) mkdirSync(join(root, path), { recursive: true });
  execFileSync('sh', [
    '-c',
    `cp "$(command -v busybox)" "${root}/bin/busybox" && for name in sh sleep env ls cat; do ln -sf busybox "${root}/bin/$name"; done`,
  ]);
  pack(directory, 'layer.tar', 'image');
  const layer = createHash('sha256')
    .update(readFileSync(join(directory, 'layer.tar')))
    .digest('hex');
  const config = {
    architecture: architectures[process.arch] ?? process.arch,
    os: 'linux',
    config: { Cmd: ['/bin/sleep', 'infinity'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  };
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config));
  writeFileSync(
    join(directory, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', RepoTags: [imageName], Layers: ['layer.tar'] }]),
  );
  execFileSync('tar', [
    '-C',
    directory,
    '-cf',
    join(directory, 'image.tar'),
    'manifest.json',
    'config.json',
    'layer.tar',
  ]);
}

function pack(directory: string, archive: string, tree: string): void {
  execFileSync('tar', [
    '-C',
    join(directory, tree),
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '-cf',
    join(directory, archive),
    '.',
  ]);
}
