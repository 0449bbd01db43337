// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HostRoot } from '#adapters/host/root.ts';
import { ProblemError } from '#domain/problem/problem.ts';

describe('HostRoot', () => {
  let outer: string;
  let root: HostRoot;
  beforeEach(() => {
    outer = mkdtempSync(join(tmpdir(), 'rdma-root-'));
    mkdirSync(join(outer, 'host/sys/class/net'), { recursive: true });
    root = new HostRoot(join(outer, 'host'));
  });
  afterEach(() => rmSync(outer, { recursive: true }));

  it('makes paths under the root and converts them to paths on the host', () => {
    expect(root.path('sys', 'class', 'net')).toBe(join(outer, 'host/sys/class/net'));
    expect(root.hostPath(root.path('dev', 'infiniband'))).toBe('/dev/infiniband');
    expect(new HostRoot('/').path('sys')).toBe('/sys');
    expect(new HostRoot('/').hostPath('/sys/class')).toBe('/sys/class');
    expect(new HostRoot('/host/').path('dev')).toBe('/host/dev');
  });

  it.each(['readText', 'listNames', 'linkTarget', 'follow'] as const)(
    'leaves the stack traces of other errors as they are when %s fails',
    (read) => {
      const before = Error.stackTraceLimit;
      expect(root[read](root.path('sys', 'missing')) ?? []).toEqual([]);
      expect(Error.stackTraceLimit).toBe(before);
      expect(new Error('later').stack).toMatch(/\n\s+at /);
    },
  );

  it('accepts a directory with sys/class', () => {
    expect(() => root.check()).not.toThrow();
    expect(root.directory).toBe(join(outer, 'host'));
  });

  it.each(['nowhere', '.'])('rejects %s, which has no sysfs, with a remedy', (folder) => {
    const error = caught(() => new HostRoot(join(outer, folder)).check());
    expect(error).toBeInstanceOf(ProblemError);
    const [problem] = error instanceof ProblemError ? error.problems : [];
    expect(problem).toMatchObject({ code: 'HOST_ROOT_NO_SYSFS', actor: 'operator', subject: join(outer, folder) });
    expect(problem?.remedy).toMatch(/--host-root/);
    expect(problem?.remedy).toMatch(/Mount/);
  });

  it('reads a small file', () => {
    writeFileSync(root.path('sys', 'a'), '0x15b3\n');
    expect(root.readText(root.path('sys', 'a'))).toBe('0x15b3\n');
  });

  it('reads an empty file as an empty text', () => {
    writeFileSync(root.path('sys', 'a'), '');
    expect(root.readText(root.path('sys', 'a'))).toBe('');
  });

  it('reads a file of one page, and treats a longer file as unreadable', () => {
    writeFileSync(root.path('sys', 'page'), 'x'.repeat(4096));
    writeFileSync(root.path('sys', 'longer'), 'x'.repeat(4097));
    expect(root.readText(root.path('sys', 'page'))).toHaveLength(4096);
    expect(root.readText(root.path('sys', 'longer'))).toBeNull();
  });

  it('returns null or an empty list for what it cannot read', () => {
    writeFileSync(root.path('sys', 'secret'), 'x');
    chmodSync(root.path('sys', 'secret'), 0);
    const places = [
      root.path('sys'),
      root.path('none'),
      root.path('sys', 'secret', 'below'),
      `${root.path('sys')}/a\0b`,
      '/proc/self/mem',
    ];
    for (const place of places) {
      expect(root.readText(place)).toBeNull();
      expect(root.linkTarget(place)).toBeNull();
    }
    expect(root.listNames(root.path('none'))).toEqual([]);
    expect(root.listNames(root.path('sys', 'secret'))).toEqual([]);
    expect(root.follow(root.path('none'))).toBeNull();
    expect(root.exists(`${root.path('sys')}/a\0b`)).toBe(false);
  });

  it('does not block on a FIFO without a writer', () => {
    execFileSync('mkfifo', [root.path('sys', 'fifo')]);
    expect(root.readText(root.path('sys', 'fifo'))).toBeNull();
  });

  it.each([
    ['../devices/a', '/sys/devices/a'],
    ['/sys/devices/a', '/sys/devices/a'],
    ['../../../../../../../../sys/devices/a', '/sys/devices/a'],
    ['../devices/to-a', '/sys/devices/a'],
    ['../devices/none', null],
    ['loop', null],
  ])('resolves a link to %s inside the root', (target, expected) => {
    mkdirSync(root.path('sys', 'devices', 'a'), { recursive: true });
    symlinkSync('a', root.path('sys', 'devices', 'to-a'));
    symlinkSync(target, root.path('sys', 'class', 'loop'));
    expect(root.follow(root.path('sys', 'class', 'loop'))).toBe(
      expected === null ? null : join(outer, 'host', expected),
    );
  });

  it('never resolves a link to a place outside the root', () => {
    const part = fc.constantFrom('..', '.', '', '/', 'sys', 'class', 'net', 'host');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
        const link = root.path('sys', 'class', 'link');
        rmSync(link, { force: true });
        symlinkSync(parts.join('/') || '.', link);
        const place = root.follow(link);
        expect(place === null || `${place}/`.startsWith(`${root.directory}/`)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('takes plain files for device nodes in a captured host', () => {
    mkdirSync(root.path('dev', 'infiniband', 'directory'), { recursive: true });
    writeFileSync(root.path('dev', 'infiniband', 'uverbs0'), '');
    writeFileSync(root.path('dev', 'null'), '');
    symlinkSync('uverbs0', root.path('dev', 'infiniband', 'link'));
    const place = (name: string): string => root.path('dev', 'infiniband', name);
    expect(root.listNodes(root.path('dev', 'infiniband'))).toEqual(['uverbs0']);
    expect(['uverbs0', 'directory', 'link', 'none'].map((name) => root.kindOf(place(name)))).toEqual([
      'a plain file',
      'a directory',
      'a link',
      null,
    ]);
  });

  it('takes only character devices for device nodes on a real host', () => {
    const real = new HostRoot('/');
    const folder = mkdtempSync('/dev/shm/rdma-root-');
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('/dev/null', join(folder, 'link'));
    const nodes = [real.listNodes('/dev'), real.listNodes(folder), real.listNodes('/etc')];
    rmSync(folder, { recursive: true });
    expect(nodes).toEqual([expect.arrayContaining(['null', 'zero']), [], []]);
    expect(nodes[0]).not.toContain('shm');
  });

  it('finds links in the directories above a place', () => {
    mkdirSync(root.path('dev', 'a', 'b'), { recursive: true });
    symlinkSync('a', root.path('dev', 'link'));
    const places = ['dev', 'dev/a/b', 'dev/link', 'dev/link/b', 'dev/none'];
    expect(places.map((place) => root.isWithoutLinks(root.path(place)))).toEqual([true, true, false, false, false]);
  });

  it('returns the target of a dangling link', () => {
    symlinkSync('../../bus/pci/drivers/mlx5_core', root.path('sys', 'driver'));
    expect(root.linkTarget(root.path('sys', 'driver'))).toBe('../../bus/pci/drivers/mlx5_core');
    expect(root.exists(root.path('sys', 'driver'))).toBe(true);
    expect(root.follow(root.path('sys', 'driver'))).toBeNull();
  });
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
