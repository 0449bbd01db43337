// SPDX-License-Identifier: Apache-2.0
import { execFileSync, spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const renderer = findRenderer();

/** Whether kustomize or kubectl is there. */
export const canRender = renderer !== null;

/** Returns the objects that a folder with a kustomization makes. */
export function renderFolder(folder: string): readonly unknown[] {
  const [program = '', ...words] = renderer ?? [];
  const text = execFileSync(program, [...words, folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return parseAllDocuments(text).map((document) => {
    const object: unknown = document.toJS();
    return object;
  });
}

function findRenderer(): readonly string[] | null {
  const cached = join(homedir(), '.cache/rdma-shared-dp/bin/kustomize');
  const candidates = [
    [process.env['KUSTOMIZE'] ?? '', 'build'],
    ['kustomize', 'build'],
    ['kubectl', 'kustomize'],
    [cached, 'build'],
  ];
  return (
    candidates.find(
      ([program = '', word = '']) => program !== '' && spawnSync(program, [word, '--help']).status === 0,
    ) ?? null
  );
}
