// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Where an import leads: a path below the root, or the name of a package. */
function target(file: string, specifier: string): string {
  if (specifier.startsWith('#')) return join('src', specifier.slice(1).replace(/^src\//, ''));
  if (specifier.startsWith('.')) return relative(root, join(root, dirname(file), specifier));
  return specifier;
}

const importForm = /^(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/gm;

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(importForm)].map(([, plain, lazy]) => ({
    from: file,
    to: target(file, plain ?? lazy ?? ''),
  }));
}

function sourcesUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

const sources = sourcesUnder('src');
const imports = sources.flatMap(importsOf);

function isPackage(to: string): boolean {
  return !to.startsWith('src/') && !to.startsWith('node:') && !to.startsWith('..');
}

/** `src/adapters/<this>/…`, or null. */
function adapterOf(path: string): string | null {
  return /^src\/adapters\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function packageOf(to: string): string {
  return to
    .split('/')
    .slice(0, to.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Only these may know inversify and every adapter: the composition root, and the roots of two commands. */
const roots = new Set([
  'src/container.ts',
  'src/demo/demo.ts',
  'src/commands/discover.ts',
  'src/main.ts',
  'src/version.ts',
]);

/** Whether a walk along imports from one file comes to another. */
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
 * The rooms of the domain, and the rooms that each may import. The arrows go one way, from what a pod gets back to plain
 * text, so that a room can be read and tested without those after it.
 */
const domainRooms: Readonly<Record<string, readonly string[]>> = {
  text: [],
  problem: [],
  'kubelet-limits': [],
  hca: ['text', 'problem'],
  settings: ['text', 'problem', 'kubelet-limits', 'hca'],
  selection: ['text', 'problem', 'hca', 'settings'],
  naming: ['text', 'problem', 'kubelet-limits', 'hca', 'settings', 'selection'],
  offer: ['text', 'problem', 'kubelet-limits', 'hca', 'settings', 'selection', 'naming'],
  grant: ['text', 'problem', 'hca', 'settings', 'offer'],
};

function domainRoomOf(path: string): string | null {
  return /^src\/domain\/([^/]+)\//.exec(path)?.[1] ?? null;
}

const rules: readonly {
  readonly name: string;
  readonly reason: string;
  readonly breaks: (found: Import) => boolean;
}[] = [
  {
    name: 'the domain imports nothing outside its folder',
    reason: 'it is pure: a plan must be computable anywhere, from values alone',
    breaks: ({ from, to }) => from.startsWith('src/domain/') && !to.startsWith('src/domain/'),
  },
  {
    name: 'a room of the domain imports only the rooms before it',
    reason: 'a room that knows those after it cannot be understood alone',
    breaks: ({ from, to }) => {
      const [user, used] = [domainRoomOf(from), domainRoomOf(to)];
      return user !== null && used !== null && user !== used && domainRooms[user]?.includes(used) !== true;
    },
  },
  {
    name: 'ports import the domain and each other',
    reason: 'a port speaks the language of the domain, never that of a technology',
    breaks: ({ from, to }) => from.startsWith('src/ports/') && !/^src\/(domain|ports)\//.test(to),
  },
  {
    name: 'the words for waiting import ports',
    reason: 'they are for everybody, and know nothing but time',
    breaks: ({ from, to }) => from.startsWith('src/timing/') && !/^src\/(ports|timing)\//.test(to),
  },
  {
    name: 'use cases import the domain, ports and timing',
    reason: 'what the program does must not depend on what it is done with',
    breaks: ({ from, to }) => from.startsWith('src/app/') && !/^src\/(domain|ports|timing|app)\//.test(to),
  },
  {
    name: 'adapters never import use cases or a composition root',
    reason: 'adapters are driven; one that drives is a second main',
    breaks: ({ from, to }) => adapterOf(from) !== null && (to.startsWith('src/app/') || roots.has(to)),
  },
  {
    name: 'an adapter imports no other adapter but host, and kubelet-api where it speaks with the kubelet',
    reason: 'each can then be replaced or taken out alone',
    breaks: ({ from, to }) => {
      const [user, used] = [adapterOf(from), adapterOf(to)];
      if (user === null || used === null || used === user || used === 'host') return false;
      return !(used === 'kubelet-api' && (user === 'kubelet' || user === 'fake-kubelet'));
    },
  },
  {
    name: 'packages stand in adapters, and inversify in the container alone',
    reason: 'a library that is given up must cost one folder',
    breaks: ({ from, to }) =>
      isPackage(to) &&
      (adapterOf(from) === null ? from !== 'src/container.ts' || to !== 'inversify' : to === 'inversify'),
  },
  {
    name: 'main imports the composition roots, the command line and errors',
    reason: 'it turns words into a command and an outcome into a status, and nothing else',
    breaks: ({ from, to }) =>
      from === 'src/main.ts' && !roots.has(to) && to !== 'src/domain/problem/problem.ts' && adapterOf(to) !== 'cli',
  },
  {
    name: 'the source never imports tests',
    reason: 'what ships must stand without them',
    breaks: ({ to }) => to.startsWith('test/') || to.startsWith('..'),
  },
];

describe('the layers', () => {
  it('are seen at all: the imports that these rules judge are found', () => {
    expect(imports.length).toBeGreaterThan(150);
    expect(imports).toContainEqual({ from: 'src/container.ts', to: 'inversify' });
    expect(imports).toContainEqual({ from: 'src/domain/offer/plan.ts', to: 'src/domain/offer/offer.ts' });
  });

  it.each(rules)('$name, because $reason', ({ breaks }) => {
    expect(imports.filter(breaks)).toEqual([]);
  });

  it('list every room of the domain, each after the rooms that it imports', () => {
    const rooms = Object.keys(domainRooms);
    expect(new Set(sources.map(domainRoomOf).filter((room) => room !== null))).toEqual(new Set(rooms));
    for (const [room, imported] of Object.entries(domainRooms))
      expect(imported.filter((other) => rooms.indexOf(other) >= rooms.indexOf(room))).toEqual([]);
  });

  /** Both ends of one wire speak gRPC. Settings and inventories from outside are both checked against a schema. */
  const sharedPackages: ReadonlyMap<string, readonly string[]> = new Map([
    ['@grpc/grpc-js', ['kubelet', 'fake-kubelet']],
    ['protobufjs', ['kubelet-api', 'fake-kubelet']],
    ['valibot', ['settings', 'discovery']],
  ]);

  it('name a package in one adapter folder only, but for those that are shared for a reason', () => {
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

  it('are read in one direction: no file reaches itself by its imports, of types neither', () => {
    const imported = new Map(
      sources.map((file) => [file, imports.filter(({ from }) => from === file).map(({ to }) => to)]),
    );
    expect(sources.filter((file) => reaches(imported, file, file))).toEqual([]);
    expect(reaches(imported, 'src/main.ts', 'src/domain/hca/hca.ts')).toBe(true);
  });

  it('have no index files and no file of more than 400 lines but generated ones', () => {
    const long = sources.filter(
      (file) => !file.includes('/generated/') && readFileSync(join(root, file), 'utf8').split('\n').length > 400,
    );
    expect(long).toEqual([]);
    expect(sources.filter((file) => /\/(index|utils?|helpers?)\.ts$/.test(file))).toEqual([]);
  });

  it('say what they may not be told to ignore: no linter or type check is switched off', () => {
    const silenced = sources.filter((file) =>
      /@ts-(ignore|expect-error|nocheck)|(ox|es)lint-disable|\bas any\b|: any\b/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
    );
    expect(silenced).toEqual([]);
  });
});

describe('the program', () => {
  it('needs no native add-on and no flag of one runtime', () => {
    const lock: unknown = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    const text = JSON.stringify(lock);
    expect(text).not.toMatch(/"resolved":"https?:/);
    expect(imports.filter(({ to }) => /^(bun|node:(sqlite|sea|test))/.test(to))).toEqual([]);
  });
});
