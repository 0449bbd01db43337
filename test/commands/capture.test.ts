// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { unpackCapturedHost } from '#adapters/discovery/capture/captured-host.ts';
import { writeArchive } from '#adapters/discovery/capture/write-archive.ts';
import { capture } from '../../src/commands/capture.ts';
import { openCapture } from '../../src/commands/files/capture.ts';
import { capturedHosts, removeHosts, unpackHost } from '../support/hosts-fixture.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'capture-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
afterAll(removeHosts);

async function captured(hostRoot: string, file: string | null): Promise<string> {
  const texts: string[] = [];
  await capture({ hostRoot, file }, (text) => void texts.push(text));
  return texts.join('');
}

function archiveOf(...entries: Parameters<typeof writeArchive>[0]): string {
  const file = join(directory, 'archive.tar.gz');
  writeFileSync(file, writeArchive(entries));
  return file;
}

describe('capture', () => {
  it.each(capturedHosts)('writes a capture of %s that shows the same HCAs', async (host) => {
    const file = join(directory, 'host.tar.gz');
    const text = await captured(await unpackHost(host), file);
    expect(text).toContain('It shows the same HCAs as this host.');
    // tar(1) can read it.
    execFileSync('tar', ['-xzf', file, '-C', directory]);
    expect(existsSync(join(directory, 'sys/class'))).toBe(true);
  });

  it('contains no address of the host', async () => {
    const root = await unpackHost('rxe-siw-up');
    const addresses = ['eth0', 'eth2'].map((name) =>
      readFileSync(join(root, 'sys/class/net', name, 'address'), 'utf8').trim(),
    );
    expect(addresses).toEqual([expect.stringMatching(/^5[24]:/), expect.stringMatching(/^5[24]:/)]);
    await captured(root, join(directory, 'host.tar.gz'));
    const content = gunzipSync(readFileSync(join(directory, 'host.tar.gz'))).toString('latin1');
    for (const address of addresses) expect(content).not.toContain(address);
  });

  it('lists what it contains, and writes nothing without a file', async () => {
    const text = await captured(await unpackHost('hca-like-pf-vf-numa'), null);
    expect(text).toContain('  HCAs: mlx5_0, mlx5_1, ');
    expect(text).toMatch(/\n {2}\d+ files, \d+ links, \d+ directories\n/);
    expect(text).toContain('Replaced, each value by the same other one: the host name, MAC addresses, GUIDs');
    expect(text).toMatch(/\nNothing is written\. Name a file to write it: .*\n$/);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('overwrites no file', async () => {
    const file = join(directory, 'host.tar.gz');
    writeFileSync(file, 'precious');
    await expect(captured(await unpackHost('port-down'), file)).rejects.toMatchObject({
      problems: [{ code: 'CAPTURE_NOT_WRITTEN', message: `${file} cannot be written: it exists already.` }],
    });
    expect(readFileSync(file, 'utf8')).toBe('precious');
  });
});

describe('--capture', () => {
  it('reads long names and targets', () => {
    const [long, target] = [`sys/${'a'.repeat(90)}/${'b'.repeat(90)}`, `../${'c'.repeat(150)}`];
    const file = archiveOf({ kind: 'file', path: long, text: 'x' }, { kind: 'link', path: 'sys/link', target });
    const host = unpackCapturedHost(file);
    expect(readFileSync(join(host.root, long), 'utf8')).toBe('x');
    host.remove();
    expect(existsSync(host.root)).toBe(false);
  });

  it.each([
    ['a name with ..', { kind: 'file', path: '../escaped', text: 'x' } as const],
    ['an absolute name', { kind: 'file', path: '/tmp/escaped', text: 'x' } as const],
  ])('writes nothing outside of its directory for %s', (_case, entry) => {
    expect(() => openCapture(archiveOf(entry))).toThrow(/outside of the archive/);
  });

  it('writes nothing through a link in the archive', () => {
    const target = join(directory, 'target');
    symlinkSync(directory, target);
    const file = archiveOf(
      { kind: 'link', path: 'sys', target: directory },
      { kind: 'file', path: 'sys/escaped', text: 'x' },
    );
    expect(() => openCapture(file)).toThrow(/outside of the archive/);
    expect(existsSync(join(directory, 'escaped'))).toBe(false);
  });

  it.each([
    ['a file that does not exist', (): string => join(directory, 'none'), 'ENOENT'],
    [
      'a file that is no archive',
      (): string => {
        writeFileSync(join(directory, 'x'), 'hello');
        return join(directory, 'x');
      },
      'Z_DATA_ERROR',
    ],
  ])('says that it cannot read %s', (_case, file, cause) => {
    expect(() => openCapture(file())).toThrow(cause);
  });
});
