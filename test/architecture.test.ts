// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type Import, filesUnder, importsOf, isGenerated, textOf } from './support/source-tree.ts';

const sources = filesUnder('src');
const imports = sources.flatMap(importsOf);

function isPackage(to: string): boolean {
  return !to.startsWith('src/') && !to.startsWith('node:') && !to.startsWith('..');
}

/** Returns the folder of an adapter, `src/adapters/<folder>/…`; null for other paths. */
function adapterOf(path: string): string | null {
  return /^src\/adapters\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function packageOf(to: string): string {
  return to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The entry points: the program, its wiring, and its commands. Only these may import any adapter. */
const roots = new Set([
  'src/container.ts',
  'src/demo/command.ts',
  'src/commands/capture.ts',
  'src/commands/check.ts',
  'src/commands/completion.ts',
  'src/commands/convert.ts',
  'src/commands/discover.ts',
  'src/commands/doctor.ts',
  'src/commands/explain.ts',
  'src/commands/init.ts',
  'src/commands/files/capture.ts',
  'src/commands/schema.ts',
  'src/commands/status.ts',
  'src/commands/validate.ts',
  'src/main.ts',
  'src/program.ts',
  'src/version.ts',
]);

function isOneFolder(from: string, to: string): boolean {
  return /^src\/\w+\//.exec(from)?.[0] === /^src\/\w+\//.exec(to)?.[0];
}

/** Returns whether a chain of imports leads from one file to another. */
function reaches(imported: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set<string>();
  const next = [...(imported.get(from) ?? [])];
  for (let file = next.pop(); file !== undefined; file = next.pop()) {
    if (file === to) return true;
    if (!seen.has(file)) next.push(...(imported.get(file) ?? []));
    seen.add(file);
  }
  return false;
}

/**
 * The folders of the domain, and the folders that each may import. The arrows go one way, from what a pod gets back to
 * plain text, so that a folder can be read and tested without those after it.
 */
const domainFolders: Readonly<Record<string, readonly string[]>> = {
  collections: [],
  text: [],
  problem: ['text'],
  'kubelet-limits': [],
  hca: ['collections', 'text', 'problem'],
  settings: ['text', 'problem', 'kubelet-limits', 'hca'],
  selection: ['text', 'problem', 'hca', 'settings'],
  naming: ['collections', 'text', 'problem', 'kubelet-limits', 'hca', 'settings', 'selection'],
  offer: ['collections', 'text', 'problem', 'kubelet-limits', 'hca', 'settings', 'selection', 'naming'],
  grant: ['collections', 'text', 'problem', 'hca', 'settings', 'offer'],
  proposal: ['collections', 'hca', 'settings', 'selection'],
  explanation: ['problem', 'hca', 'settings', 'offer', 'grant'],
  diagnosis: ['text', 'problem', 'hca', 'offer', 'explanation'],
  status: ['problem', 'settings', 'offer', 'explanation'],
};

function domainFolderOf(path: string): string | null {
  return /^src\/domain\/([^/]+)\//.exec(path)?.[1] ?? null;
}

interface Rule {
  readonly name: string;
  readonly reason: string;
  readonly isBrokenBy: (found: Import) => boolean;
}

/** A rule that files of one place import only from some places. Packages and Node's modules count as other places. */
function onlyFrom(place: RegExp, allowed: RegExp): Rule['isBrokenBy'] {
  return ({ from, to }) => place.test(from) && !allowed.test(to);
}

const rules: readonly Rule[] = [
  {
    name: 'the domain imports only the domain',
    reason: 'a plan can then be computed anywhere, from values alone',
    isBrokenBy: onlyFrom(/^src\/domain\//, /^src\/domain\//),
  },
  {
    name: 'a folder of the domain imports only the folders before it',
    reason: 'a folder that knows those after it cannot be understood alone',
    isBrokenBy: ({ from, to }) => {
      const [user, used] = [domainFolderOf(from), domainFolderOf(to)];
      return user !== null && used !== null && user !== used && domainFolders[user]?.includes(used) !== true;
    },
  },
  {
    name: 'ports import only the domain and each other',
    reason: 'a port uses the terms of the domain, not those of a technology',
    isBrokenBy: onlyFrom(/^src\/ports\//, /^src\/(domain|ports)\//),
  },
  {
    name: 'timing imports only ports',
    reason: 'every layer waits, so waiting must not depend on what is waited for',
    isBrokenBy: onlyFrom(/^src\/timing\//, /^src\/(ports|timing)\//),
  },
  {
    name: 'use cases import only the domain, ports and timing',
    reason: 'what the program does must not depend on the technology that it uses',
    isBrokenBy: onlyFrom(/^src\/app\//, /^src\/(domain|ports|timing|app)\//),
  },
  {
    name: 'adapters import only the domain, ports, timing, adapters and packages',
    reason: 'use cases and entry points call adapters, never the other way round',
    isBrokenBy: ({ from, to }) =>
      adapterOf(from) !== null && to.startsWith('src/') && !/^src\/(domain|ports|timing|adapters)\//.test(to),
  },
  {
    name: 'an adapter imports no other adapter but host, and kubelet-api where it talks to the kubelet',
    reason: 'each adapter can then be replaced or removed alone',
    isBrokenBy: ({ from, to }) => {
      const [user, used] = [adapterOf(from), adapterOf(to)];
      if (user === null || used === null || used === user || used === 'host') return false;
      return !(used === 'kubelet-api' && (user === 'kubelet' || user === 'fake-kubelet'));
    },
  },
  {
    name: 'only adapters import packages, and only the container imports inversify',
    reason: 'replacing a library must change one folder',
    isBrokenBy: ({ from, to }) =>
      isPackage(to) &&
      (adapterOf(from) === null ? from !== 'src/container.ts' || to !== 'inversify' : to === 'inversify'),
  },
  {
    name: 'only main and program import the container and the commands',
    reason: 'the program is put together in one place',
    isBrokenBy: ({ from, to }) =>
      !['src/main.ts', 'src/program.ts'].includes(from) &&
      (to === 'src/container.ts' || /^src\/(commands|demo)\//.test(to)) &&
      !isOneFolder(from, to),
  },
  {
    name: 'commands import only the domain, ports, timing, adapters and Node',
    reason: 'a command gets the parts of the daemon from main, and does not wire them again',
    isBrokenBy: ({ from, to }) =>
      /^src\/(commands|demo)\//.test(from) &&
      !isOneFolder(from, to) &&
      !/^(src\/(domain|ports|timing|adapters)\/|node:)/.test(to),
  },
  {
    name: 'main imports only entry points, the command line, what sets up and ends the process, problems and the logger',
    reason: 'it turns arguments into a command and the result into an exit status, and does nothing else',
    isBrokenBy: ({ from, to }) =>
      from === 'src/main.ts' &&
      !roots.has(to) &&
      !['src/domain/problem/problem.ts', 'src/ports/logger.ts'].includes(to) &&
      !['src/adapters/host/end-process.ts', 'src/adapters/host/thread-pool.ts'].includes(to) &&
      adapterOf(to) !== 'cli',
  },
  {
    name: 'what the package exports imports only the domain, ports, discovery and Node',
    reason: 'a vendor who imports it must not load the daemon',
    isBrokenBy: onlyFrom(/^src\/(api|testing)\//, /^(src\/(domain|ports|testing|adapters\/discovery)\/|node:)/),
  },
  {
    name: 'the source does not import tests',
    reason: 'the program is built and shipped without them',
    isBrokenBy: ({ to }) => to.startsWith('test/') || to.startsWith('..'),
  },
];

describe('layers of src', () => {
  it('are found by their imports', () => {
    expect(imports.length).toBeGreaterThan(150);
    expect(imports).toContainEqual({ from: 'src/container.ts', to: 'inversify' });
    expect(imports).toContainEqual({ from: 'src/domain/offer/plan.ts', to: 'src/domain/offer/offer.ts' });
  });

  it.each(rules)('follow the rule: $name, because $reason', ({ isBrokenBy }) => {
    expect(imports.filter(isBrokenBy)).toEqual([]);
  });

  it('list every folder of the domain, each after the folders that it imports', () => {
    const folders = Object.keys(domainFolders);
    expect(new Set(sources.map(domainFolderOf).filter((folder) => folder !== null))).toEqual(new Set(folders));
    for (const [folder, imported] of Object.entries(domainFolders))
      expect(imported.filter((other) => folders.indexOf(other) >= folders.indexOf(folder))).toEqual([]);
  });

  /**
   * The plugin and the stand-in kubelet are the two ends of one gRPC connection. Settings and the inventories of modules
   * come from outside, and are validated by schemas.
   */
  const sharedPackages: ReadonlyMap<string, readonly string[]> = new Map([
    ['@grpc/grpc-js', ['kubelet', 'fake-kubelet', 'kubelet-api']],
    ['valibot', ['settings', 'discovery', 'cli']],
  ]);

  it('import a package in one adapter folder only, except for the shared packages', () => {
    const folders = new Map<string, Set<string>>();
    for (const { from, to } of imports) {
      const folder = adapterOf(from);
      if (folder !== null && isPackage(to))
        folders.set(packageOf(to), (folders.get(packageOf(to)) ?? new Set()).add(folder));
    }
    expect(folders.size).toBeGreaterThan(4);
    const unshared = [...folders].filter(
      ([name, users]) => users.size > 1 && ![...users].every((user) => sharedPackages.get(name)?.includes(user)),
    );
    expect(unshared).toEqual([]);
  });

  it('have no cycle of imports, not even of types', () => {
    const imported = new Map(
      sources.map((file) => [file, imports.filter(({ from }) => from === file).map(({ to }) => to)]),
    );
    expect(sources.filter((file) => reaches(imported, file, file))).toEqual([]);
    expect(reaches(imported, 'src/main.ts', 'src/domain/hca/hca.ts')).toBe(true);
  });

  it('do not switch off a linter or a type check', () => {
    const written = sources.filter((file) => !isGenerated(file));
    const silenced = written.filter((file) =>
      /@ts-(ignore|expect-error|nocheck)|(ox|es)lint-disable|\bas any\b|: any\b/.test(textOf(file)),
    );
    expect(silenced).toEqual([]);
  });
});

describe('the program', () => {
  it('can be installed from any registry: the lock file has no URL', () => {
    expect(textOf('package-lock.json')).not.toMatch(/"resolved": *"https?:/);
  });

  it('imports no module that only some runtimes have', () => {
    expect(imports.filter(({ to }) => /^(bun|node:(sqlite|sea|test))/.test(to))).toEqual([]);
  });
});
