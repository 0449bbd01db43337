// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));

function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function sources(): readonly string[] {
  const files = readdirSync(join(root, 'src'), { withFileTypes: true, recursive: true });
  return files.filter((entry) => entry.isFile() && entry.name.endsWith('.ts')).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe('the documentation of failures', () => {
  const rows = [...textOf('docs/reliability.md').matchAll(/^\| .*\| `(test\/[^`]+)`: (.+) \|$/gm)].map(([, file = '', name = '']) => ({ file, name }));
  const numbers = [...textOf('docs/reliability.md').matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));

  it('has each of the 22 failure modes once', () => {
    expect(numbers).toEqual(Array.from({ length: 22 }, (_, i) => i + 1));
  });

  it('names a test for each row', () => {
    expect(rows.length).toBeGreaterThanOrEqual(28);
  });

  it.each(rows)('$file has the test "$name"', ({ file, name }) => {
    expect(textOf(file).includes(`'${name}'`)).toBe(true);
  });
});

describe('the list of problem codes', () => {
  const documented = [...textOf('docs/troubleshooting.md').matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| /gm)].map(([, code = '']) => code);
  const listed = documented.slice(documented.indexOf('CDI_DIRECTORY_UNUSABLE'));
  const used = new Set(sources().flatMap((text) => [...text.matchAll(/'((?:CDI|CONFIG|DEVICE|DISCOVERY|EVENTS?|FAKE|HCA|HOST|KUBE|KUBELET|KUBERNETES|NETDEV|NODE|RDMA|RESOURCE|SCAN|SELECTOR|SHARES?|SOCKET|UNEXPECTED)(?:_[A-Z0-9]+)+|UNEXPECTED)'/g)].map(([, code = '']) => code)));

  it('has each code that the program uses', () => {
    expect(used.size).toBeGreaterThan(40);
    expect([...used].filter((code) => !listed.includes(code) && !/^(RDMA_DP_|NODE_NAME$)/.test(code)).toSorted()).toEqual([]);
  });

  it('has no code that the program does not use, and is in order', () => {
    expect(listed.filter((code) => !used.has(code))).toEqual([]);
    expect(listed).toEqual(listed.toSorted());
  });
});
