// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { failuresIn } from './mutations/failures.mjs';
import { mutations } from './mutations/mutations.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function sources(): readonly string[] {
  const files = readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true });
  return files.filter((entry) => entry.isFile() && entry.name.endsWith('.ts')).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe('the documentation of failures', () => {
  const failures = failuresIn(textOf('docs/reliability.md'));
  const rows = [...failures].map(([failure, test]) => ({ failure, ...test }));

  it('has each of the 22 failure modes once, and others beside them', () => {
    const numbers = [...textOf('docs/reliability.md').matchAll(/^\| (\d+) \| .*`test\//gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
    expect(rows.length).toBeGreaterThan(30);
  });

  it.each(rows)('$failure: $file has the test "$name"', ({ file, name }) => {
    expect(textOf(file).includes(`'${name}'`)).toBe(true);
  });

  // That the tests then fail is for npm run test:mutations to show.
  it.each(rows)('$failure: the code that handles it is known', ({ failure }) => {
    const known = mutations.filter((mutation) => mutation.failure === failure);
    expect(known.map(({ file, find }) => textOf(file).split(find).length)).toEqual(known.map(() => 2));
    expect(known).not.toEqual([]);
  });

  it('knows no code of failures that are not listed', () => {
    expect(mutations.filter(({ failure }) => !failures.has(failure))).toEqual([]);
  });
});

describe('the list of problem codes', () => {
  const documented = [...textOf('docs/troubleshooting.md').matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| /gm)].map(([, code = '']) => code);
  const listed = documented.slice(documented.indexOf('CDI_DIRECTORY_UNUSABLE'));
  const used = new Set(sources().flatMap((text) => [...text.matchAll(/'((?:CDI|CONFIG|DEVICE|DISCOVERY|EVENTS?|FAKE|HCA|HOST|KUBE|KUBELET|KUBERNETES|METRICS|NETDEV|NODE|RDMA|RESOURCE|SCAN|SELECTOR|SHARES?|SOCKET|UNEXPECTED)(?:_[A-Z0-9]+)+|UNEXPECTED)'/g)].map(([, code = '']) => code)));

  it('has each code that the program uses', () => {
    expect(used.size).toBeGreaterThan(40);
    expect([...used].filter((code) => !listed.includes(code) && !/^(RDMA_DP_|NODE_NAME$)/.test(code)).toSorted()).toEqual([]);
  });

  it('has no code that the program does not use, and is in order', () => {
    expect(listed.filter((code) => !used.has(code))).toEqual([]);
    expect(listed).toEqual(listed.toSorted());
  });
});

describe('the table of Events', () => {
  it('has each reason that the program gives, and no other', () => {
    const documented = [...textOf('docs/events.md').matchAll(/^\| `(Rdma\w+)` \| /gm)].map(([, reason = '']) => reason);
    const given = [...textOf('src/app/node-report.ts').matchAll(/reason: '(\w+)'/g)].map(([, reason = '']) => reason);
    expect(given.length).toBeGreaterThan(3);
    expect(documented.toSorted()).toEqual(given.toSorted());
  });
});
