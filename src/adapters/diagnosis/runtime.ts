// SPDX-License-Identifier: Apache-2.0
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RuntimeSurvey } from '#domain/diagnosis/runtime.ts';
import { memoryLockLimit } from './memory-lock.ts';

/** The processes that start containers, whose limits containers inherit. */
const runtimes: ReadonlySet<string> = new Set(['containerd', 'crio', 'dockerd']);

/** Looks at the container runtime and the cgroups, as far as this process sees them. Never rejects. */
export async function surveyRuntime(root: string): Promise<RuntimeSurvey> {
  const [processes, controllers] = await Promise.all([
    readdir(join(root, 'proc')).catch(() => []),
    readFile(join(root, 'sys/fs/cgroup/cgroup.controllers'), 'utf8').catch(() => null),
  ]);
  const found = await Promise.all(
    processes.filter((name) => /^\d+$/.test(name)).map((pid) => runtimeAt(join(root, 'proc', pid))),
  );
  return {
    runtimes: found.filter((one) => one !== null),
    hasRdmaController: controllers === null ? null : controllers.split(/\s+/).includes('rdma'),
  };
}

async function runtimeAt(directory: string): Promise<RuntimeSurvey['runtimes'][number] | null> {
  const name = (await readFile(join(directory, 'comm'), 'utf8').catch(() => '')).trim();
  return runtimes.has(name) ? { name, memoryLock: await memoryLockLimit(join(directory, 'limits')) } : null;
}
