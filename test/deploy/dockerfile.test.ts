// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../support/node-fixture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dockerfile = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8');

/** The files that the image is built from: what COPY takes from the build context. */
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));

describe('deploy/Dockerfile', () => {
  let context = '';
  beforeAll(() => {
    context = mkdtempSync(join(tmpdir(), 'docker-context-'));
    for (const file of copied) {
      mkdirSync(dirname(join(context, file)), { recursive: true });
      cpSync(join(root, file), join(context, file), { recursive: true });
    }
    // What `npm ci` installs.
    symlinkSync(join(root, 'node_modules'), join(context, 'node_modules'));
  });
  afterAll(() => rmSync(context, { recursive: true }));

  it(
    'copies all that the build needs, and no more folders than that',
    () => {
      const build = `await (await import(${JSON.stringify(join(context, 'scripts/build.mjs'))})).buildProgram()`;
      const env = { ...process.env, BUILD_COMMIT: 'abc', BUILD_DATE: '2026-01-01' };
      execFileSync(process.execPath, ['--input-type=module', '--eval', build], { cwd: context, env });
      const words = [join(context, 'dist/rdma-shared-dp.js'), 'version', '-o', 'json'];
      const printed: unknown = JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' }));
      expect(printed).toMatchObject({ commit: 'abc', date: '2026-01-01' });
      expect(copied).not.toContain('test');
    },
    livenessMs,
  );

  it('copies what .dockerignore lets through, which lets nothing else through', () => {
    const [everything, ...exceptions] = readFileSync(join(root, '.dockerignore'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).toBe('*');
    expect(exceptions.toSorted()).toEqual(copied.map((file) => `!${file}`).toSorted());
    for (const file of copied) expect(existsSync(join(root, file))).toBe(true);
  });
});
