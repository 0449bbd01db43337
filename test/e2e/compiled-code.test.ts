// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const built = fileURLToPath(new URL('../../dist', import.meta.url));
const ofThisNode = `bundle.cjs.${process.version}-${process.arch}-${statSync(process.execPath).size}.cache`;

let dist: string;
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'rdma-dist-'));
  cpSync(built, dist, { recursive: true });
});
afterEach(() => rmSync(dist, { recursive: true, force: true }));

function version(): string {
  return execFileSync(process.execPath, [join(dist, 'rdma-shared-dp.js'), 'version'], { encoding: 'utf8' });
}

/** Compiled code that V8 takes for that of the bundle, since it looks at the length of the source only, and that does something else. */
function strangeCode(): Buffer {
  const { length } = readFileSync(join(dist, 'bundle.cjs'), 'latin1');
  const source = `process.stdout.write('strange code');process.exit(0);`;
  // The text around it is that of `wrap` of node:module, which jest does not have.
  return new Script(
    `(function (exports, require, module, __filename, __dirname) { ${source.padEnd(length)}\n});`,
  ).createCachedData();
}

describe('the compiled code beside the bundle', () => {
  it('is that of this node, and is run', () => {
    expect(readdirSync(dist)).toContain(ofThisNode);
    writeFileSync(join(dist, ofThisNode), strangeCode());
    expect(version()).toBe('strange code');
  });

  it.each([
    ['another version', ofThisNode.replace(process.version, 'v20.19.0-rc.1')],
    ['another processor', ofThisNode.replace(process.arch, 'mips')],
    ['another build of the same version', ofThisNode.replace(/\d+\.cache$/, '1.cache')],
    ['an unknown node', 'bundle.cjs.cache'],
  ])('of %s is not run, and the program runs without', (_, name) => {
    rmSync(join(dist, ofThisNode));
    writeFileSync(join(dist, name), strangeCode());
    expect(version()).toMatch(/^rdma-shared-dp version:/);
  });

  it('may be spoilt', () => {
    writeFileSync(join(dist, ofThisNode), 'no code');
    expect(version()).toMatch(/^rdma-shared-dp version:/);
  });
});
