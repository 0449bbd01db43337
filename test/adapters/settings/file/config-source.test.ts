// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileConfigSource } from '#adapters/settings/file/config-source.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';
import { complaints } from '../read-settings.ts';

const valid = '{"configList":[{"resourceName":"a","rdmaHcaMax":5,"selectors":{"drivers":["mlx5_core"]}}]}';

describe('FileConfigSource', () => {
  let folder = '';
  let path = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'config-'));
    path = join(folder, 'config.json');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('reads the file on every call', async () => {
    const source = new FileConfigSource({ path, clock: new SteppedClock() });
    await writeFile(path, valid);
    expect(await source.read()).toMatchObject({ valid: true, settings: { resources: [{ rdmaHcaMax: 5 }] } });
    await writeFile(path, valid.replace('5', '6'));
    expect(await source.read()).toMatchObject({ valid: true, settings: { resources: [{ rdmaHcaMax: 6 }] } });
  });

  it('reads the same settings from the same file', async () => {
    await writeFile(path, valid);
    const source = new FileConfigSource({ path, clock: new SteppedClock() });
    expect(await source.read()).toEqual(await source.read());
  });

  it('hints within a second at a change that a watch of the directory misses', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'settings'), valid);
    await symlink(join(elsewhere, 'settings'), path);
    const clock = new SteppedClock();
    const source = new FileConfigSource({ path, clock });
    let hints = 0;
    const stop = source.watch(() => {
      hints += 1;
    });
    await clock.step(10_000);
    // The one at the beginning.
    expect(hints).toBe(1);
    await writeFile(join(elsewhere, 'settings'), valid.replace('5', '66'));
    await clock.step(1_000);
    expect(hints).toBe(2);
    expect(await source.read()).toMatchObject({ settings: { resources: [{ rdmaHcaMax: 66 }] } });
    stop();
    expect(clock.pending).toBe(0);
  });

  it('names the path and the flag of a missing file', async () => {
    const reading = await new FileConfigSource({ path, clock: new SteppedClock() }).read();
    expect(complaints(reading)).toEqual([`CONFIG_FILE_MISSING ${path}`]);
    expect(reading).toMatchObject({ problems: [{ remedy: expect.stringContaining('--config-file') }] });
  });

  it('rejects a directory', async () => {
    expect(complaints(await new FileConfigSource({ path: folder, clock: new SteppedClock() }).read())).toEqual([
      `CONFIG_FILE_NOT_A_FILE ${folder}`,
    ]);
  });

  it('rejects a named pipe without waiting for a writer', async () => {
    execFileSync('mkfifo', [path]);
    expect(complaints(await new FileConfigSource({ path, clock: new SteppedClock() }).read())).toEqual([
      `CONFIG_FILE_NOT_A_FILE ${path}`,
    ]);
  });

  it('names the error of the system if the file cannot be opened', async () => {
    await symlink(path, path);
    const reading = await new FileConfigSource({ path, clock: new SteppedClock() }).read();
    expect(reading).toMatchObject({
      problems: [{ code: 'CONFIG_FILE_UNREADABLE', message: expect.stringContaining('ELOOP') }],
    });
  });

  it('rejects an impossible path', async () => {
    expect(complaints(await new FileConfigSource({ path: 'a\0b', clock: new SteppedClock() }).read())).toEqual([
      'CONFIG_FILE_UNREADABLE a\\u0000b',
    ]);
  });

  it('reads a file of 1 MiB, and rejects one more byte', async () => {
    const source = new FileConfigSource({ path, clock: new SteppedClock() });
    await writeFile(path, valid.padEnd(1_048_576));
    expect((await source.read()).valid).toBe(true);
    await writeFile(path, valid.padEnd(1_048_577));
    expect(complaints(await source.read())).toEqual([`CONFIG_FILE_TOO_LARGE ${path}`]);
  });

  it('rejects an empty file', async () => {
    await writeFile(path, '');
    expect(complaints(await new FileConfigSource({ path, clock: new SteppedClock() }).read())).toEqual([
      `CONFIG_FILE_EMPTY ${path}`,
    ]);
  });
});
