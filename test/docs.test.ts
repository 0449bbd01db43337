// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { filesUnder } from './support/source-tree.ts';
import { problemCatalogue } from '#domain/problem/catalogue.ts';
import { failuresIn } from './mutations/failures.mjs';
import { mutations } from './mutations/mutations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function sources(): readonly string[] {
  const files = readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true });
  return files
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe('docs/reliability.md', () => {
  const failures = failuresIn(textOf('docs/reliability.md'));
  const rows = [...failures].map(([failure, test]) => ({ failure, ...test }));

  it('lists each of the 22 failure modes once, and other failures', () => {
    const numbers = [...textOf('docs/reliability.md').matchAll(/^\| (\d+) \| .*`test\//gm)].map(([, number]) =>
      Number(number),
    );
    expect(numbers).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
    expect(rows.length).toBeGreaterThan(30);
  });

  it.each(rows)('names a test that exists for failure $failure: $file, "$name"', ({ file, name }) => {
    expect(textOf(file).includes(`'${name}'`)).toBe(true);
  });

  // npm run test:mutations verifies that the tests fail without that code.
  it.each(rows)('lists failure $failure, which has a mutation that removes its code', ({ failure }) => {
    expect(mutations.filter((mutation) => mutation.failure === failure)).not.toEqual([]);
  });

  it('lists every failure that has a mutation', () => {
    expect(mutations.filter(({ failure }) => !failures.has(failure))).toEqual([]);
  });
});

describe('problemCatalogue', () => {
  const codesByActor = Object.values(problemCatalogue).map(Object.keys);
  const codes = codesByActor.flat();
  const used = sources().filter((text) => !text.includes('const problemCatalogue ='));

  it('has only codes that the program uses', () => {
    expect(codes.length).toBeGreaterThan(90);
    expect(codes.filter((code) => !used.some((text) => text.includes(`'${code}'`)))).toEqual([]);
  });

  it('has each code once, in alphabetical order for each actor', () => {
    expect(new Set(codes).size).toBe(codes.length);
    expect(codesByActor).toEqual(codesByActor.map((listed) => listed.toSorted()));
  });
});

describe('docs/events.md', () => {
  it('lists exactly the reasons of Events that the program posts', () => {
    const documented = [...textOf('docs/events.md').matchAll(/^\| `(Rdma\w+)` \| /gm)].map(([, reason = '']) => reason);
    const given = filesUnder('src/app/reports').flatMap((file) =>
      [...textOf(file).matchAll(/'(Rdma\w+)'/g)].map(([, reason = '']) => reason),
    );
    expect(given.length).toBeGreaterThan(3);
    expect(documented.toSorted()).toEqual(given.toSorted());
  });
});

const codeBlocks = /^ *```[\s\S]*?^ *```$/gm;

/** Returns the Markdown files of the tree, as paths from its root. */
function pages(folder = ''): readonly string[] {
  const skipped = new Set(['node_modules', 'dist', '.git']);
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : pages(path);
    return entry.isFile() && path.endsWith('.md') ? [path] : [];
  });
}

/** Returns the anchors that GitHub creates for the headings of a page. */
function anchorsOf(page: string): readonly string[] {
  const headings = [
    ...textOf(page)
      .replace(codeBlocks, '')
      .matchAll(/^#+ (.+)$/gm),
  ];
  return headings.map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Returns why a link on a page is broken, or null. */
function brokenLink(page: string, link: string): string | null {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return `${page}: ${link}: there is no ${target}`;
  return anchor === undefined || anchorsOf(target).includes(anchor)
    ? null
    : `${page}: ${link}: ${target} has no such heading`;
}

describe('links between pages', () => {
  const links = pages().flatMap((page) =>
    [
      ...textOf(page)
        .replace(codeBlocks, '')
        .matchAll(/\]\((?!\w+:)([^)\s]+)\)/g),
    ].map(([, link = '']) => ({ page, link })),
  );

  it('lead to files and headings that exist', () => {
    expect(links.length).toBeGreaterThan(60);
    expect(links.flatMap(({ page, link }) => brokenLink(page, link) ?? [])).toEqual([]);
  });

  it('are reported if they are broken', () => {
    expect(brokenLink('docs/events.md', 'nowhere.md')).toContain('there is no docs/nowhere.md');
    expect(brokenLink('docs/events.md', '../README.md#nowhere')).toContain('README.md has no such heading');
    expect(brokenLink('docs/discover.md', 'fake-hcas.md#try-settings')).toBeNull();
  });
});

describe('docs/adr', () => {
  it('numbers its decisions from 1 without a gap, also in their headings', () => {
    const files = readdirSync(join(root, 'docs/adr')).toSorted();
    expect(files.map((file) => Number(file.slice(0, 4)))).toEqual(files.map((_, i) => i + 1));
    expect(files.filter((file) => !textOf(`docs/adr/${file}`).startsWith(`# ${Number(file.slice(0, 4))}. `))).toEqual(
      [],
    );
  });
});

describe('CONTRIBUTING.md', () => {
  it('lists every script of package.json', () => {
    const { scripts } = JSON.parse(textOf('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    const table =
      textOf('CONTRIBUTING.md')
        .match(/^\| `npm .*$/gm)
        ?.join('\n') ?? '';
    expect(Object.keys(scripts).filter((script) => !new RegExp(`(\`|npm run |npm )${script}\``).test(table))).toEqual(
      [],
    );
  });
});
