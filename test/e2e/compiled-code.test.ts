// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const built = fileURLToPath(new URL('../../dist', import.meta.url));
const cacheFile = `bundle.cjs.${process.version}-${process.arch}-${statSync(process.execPath).size}.cache`;

let dist: string;
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'rdma-dist-'));
  cpSync(built, dist, { recursive: true });
});
afterEach(() => rmSync(dist, { recursive: true, force: true }));

function version(): string {
  return execFileSync(process.execPath, [join(dist, 'rdma-shared-dp.js'), 'version'], { encoding: 'utf8' });
}

/**
 * Returns compiled code that V8 accepts for the bundle, because V8 compares only the length of the source. It prints a
 * marker instead of running the program.
 */
function foreignCode(): Buffer {
  const { length } = readFileSync(join(dist, 'bundle.cjs'), 'latin1');
  const source = `process.stdout.write('foreign code');process.exit(0);`;
  // This is the wrapper that `wrap` of node:module returns. The node:module of jest does not have it.
  return new Script(
    `(function (exports, require, module, __filename, __dirname) { ${source.padEnd(length)}\n});`,
  ).createCachedData();
}

describe('the code cache of the bundle', () => {
  it('is built for this version of Node.js, and used', () => {
    expect(readdirSync(dist)).toContain(cacheFile);
    writeFileSync(join(dist, cacheFile), foreignCode());
    expect(version()).toBe('foreign code');
  });

  it.each([
    ['another version', cacheFile.replace(process.version, 'v20.19.0-rc.1')],
    ['another architecture', cacheFile.replace(process.arch, 'mips')],
    ['another build of the same version', cacheFile.replace(/\d+\.cache$/, '1.cache')],
    ['an unknown version', 'bundle.cjs.cache'],
  ])('is ignored if it was built by %s of Node.js', (_, name) => {
    rmSync(join(dist, cacheFile));
    writeFileSync(join(dist, name), foreignCode());
    expect(version()).toMatch(/^rdma-shared-dp version:/);
  });

  it('is ignored if it is damaged', () => {
    writeFileSync(join(dist, cacheFile), 'damaged');
    expect(version()).toMatch(/^rdma-shared-dp version:/);
  });
});
