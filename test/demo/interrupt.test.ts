// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../support/node-fixture.ts';
import { programFile } from '../support/program-fixture.ts';

let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterEach(() => rm(temporary, { recursive: true, force: true }));

describe('the demo', () => {
  it(
    'ends cleanly with status 130 at Ctrl-C',
    async () => {
      expect(existsSync(programFile)).toBe(true);
      // A process group of its own: a terminal sends SIGINT to the whole group, the plugin's process included.
      const demo = spawn(process.execPath, [programFile, 'demo'], {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'], TMPDIR: temporary },
      });
      let [output, errors] = ['', ''];
      demo.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
      demo.stdout.on('data', (bytes: Buffer) => {
        if (!output.includes('The plugin starts.') && bytes.includes('The plugin starts.'))
          process.kill(-(demo.pid ?? 0), 'SIGINT');
        output += bytes.toString();
      });
      const [status] = (await once(demo, 'close')) as [number | null];
      expect({ status, errors }).toEqual({ status: 130, errors: '' });
      expect(output).toContain('Interrupted.');
      expect(output).not.toContain('error');
      expect(readdirSync(temporary)).toEqual([]);
    },
    livenessMs,
  );
});
