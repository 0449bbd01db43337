// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeFixture, livenessMs } from '../support/node-fixture.ts';
import { type Ended, runProgram } from '../support/program-fixture.ts';
import { removeHosts, unpackHost } from '../support/hosts-fixture.ts';
import { until } from '../support/until.ts';

let node = new NodeFixture();
let host = '';
beforeEach(async () => {
  await node.close();
  node = new NodeFixture();
  host = await unpackHost('no-rdma-modules');
});
afterEach(() => node.close());
afterAll(removeHosts);

const good = { configList: [{ resourceName: 'a', rdmaHcaMax: 1, selectors: { vendors: ['15b3'] } }] };

function flagsWith(change: Readonly<Record<string, string>> = {}): readonly string[] {
  const flags: Readonly<Record<string, string>> = {
    'config-file': join(node.directory, 'config.json'),
    'host-root': host,
    'device-plugins-dir': node.directories.devicePlugins,
    'plugins-registry-dir': node.directories.pluginsRegistry,
    ...change,
  };
  return Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
}

async function runWith(
  content: string | Buffer | object | null,
  change: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const file = join(node.directory, 'config.json');
  if (content !== null)
    writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  return await runProgram(flagsWith(change));
}

/** A stack trace as Node prints it. */
const stackTrace = /\n\s+at \S+ \(|node:internal|UnhandledPromise/;

function expectOneClearError(ended: Ended, status: number, expected: readonly (string | RegExp)[]): void {
  expect({ status: ended.status, signal: ended.signal }).toEqual({ status, signal: null });
  expect(ended.err).not.toMatch(stackTrace);
  for (const text of expected) expect(ended.err).toMatch(text);
  if (status === 1) expect(ended.err).toMatch(/remedy=/);
}

const resource = (change: object): object => ({
  configList: [{ resourceName: 'a', rdmaHcaMax: 1, selectors: { vendors: ['15b3'] }, ...change }],
});

describe('the program exits with code 1 and a clear error for a settings file', () => {
  it.each<[string, string | Buffer | object | null, readonly (string | RegExp)[]]>([
    ['that is empty', '', [/empty/]],
    ['that has only white space', ' \n\t\n', [/only white space/]],
    ['with incomplete JSON', '{"configList": [{"resourceName": "a", ', [/line 1/]],
    ['that is not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), [/UTF-8/]],
    ['that is too large', Buffer.alloc(3 << 20, 0x20), [/1048576|1 MiB|1,048,576/]],
    ['that is a list', '[]', [/object|mapping/i]],
    ['with a comment in JSON', '{ // note\n"configList": []}', [/line 1/]],
    ['with two YAML documents', 'configList: []\n---\na: 1\n', [/document/]],
    ['without resources', { configList: [] }, [/configList/]],
    [
      'with a name that upstream rejects, too',
      resource({ resourceName: '{{ .Values.name }}' }),
      [/configList\[0\]\.resourceName/, /Values/],
    ],
    ['with a number of the wrong type', resource({ rdmaHcaMax: '5' }), [/configList\[0\]\.rdmaHcaMax/, /line 1/]],
    [
      'with a fraction',
      '{"configList":[{"resourceName":"a","rdmaHcaMax":1.0,"selectors":{"vendors":["15b3"]}}]}',
      [/1\.0/],
    ],
    ['with a negative number', resource({ rdmaHcaMax: -3 }), [/-3/]],
    [
      'with a number that is not exact',
      '{"configList":[{"resourceName":"a","rdmaHcaMax":99999999999999999999,"selectors":{"vendors":["15b3"]}}]}',
      [/rdmaHcaMax/],
    ],
    [
      'with a duplicate resource name',
      { configList: [...good.configList, ...good.configList] },
      [/configList\[1\]/, /rdma\/a/],
    ],
    ['with both devices and selectors', resource({ devices: ['eth0'] }), [/devices/, /selectors/]],
    ['with neither devices nor selectors', resource({ selectors: {} }), [/selectors/]],
  ])(
    '%s',
    async (_, content, expected) => {
      expectOneClearError(await runWith(content), 1, expected);
    },
    livenessMs,
  );

  it(
    'with all problems at once, each with its place',
    async () => {
      const content =
        '{\n  "periodicUpdateInterval": -1,\n  "configList": [\n    {"resourceName": "a b", "rdmaHcaMax": "x", "selectors": {"vendors": [1]}}\n  ]\n}\n';
      const ended = await runWith(content);
      expectOneClearError(ended, 1, [/line 2/, /line 4/]);
      expect(ended.err.split('\n').filter((line) => line.includes(' ERROR '))).toHaveLength(4);
    },
    livenessMs,
  );

  it(
    'that is a directory',
    async () => {
      mkdirSync(join(node.directory, 'config.json'));
      expectOneClearError(await runWith(null), 1, [/directory/]);
    },
    livenessMs,
  );
});

describe('the program warns about settings that upstream accepts', () => {
  it.each<[string, object, RegExp]>([
    [
      'with an unknown key, and names the nearest known one',
      { ...good, periodicUpdateIntervall: 5 },
      /WARNING .*periodicUpdateIntervall.*periodicUpdateInterval/,
    ],
    ['with devices in place of selectors', resource({ selectors: undefined, devices: ['eth0'] }), /WARNING .*devices/],
    [
      'with a selector that cannot match',
      resource({ selectors: { linkTypes: ['ethernet'] } }),
      /WARNING .*ethernet.*ether/,
    ],
  ])(
    '%s',
    async (_, content, expected) => {
      writeFileSync(join(node.directory, 'config.json'), JSON.stringify(content));
      const { ProgramFixture } = await import('../support/program-fixture.ts');
      await node.kubelet.start();
      const program = new ProgramFixture(flagsWith({ registration: 'device-plugins' }));
      await node.until('the resource is registered', async () => (await node.kubelet.devices('rdma/a')) !== null);
      const { status, err } = await program.end();
      expect(status).toBe(0);
      expect(err).toMatch(expected);
    },
    livenessMs,
  );
});

describe('the program exits with code 1 and a clear error for', () => {
  it.each<[string, () => Readonly<Record<string, string>>, readonly (string | RegExp)[]]>([
    ['a host root without sysfs', () => ({ 'host-root': node.directory }), [/sysfs/, /--host-root/]],
    ['a host root that does not exist', () => ({ 'host-root': '/does/not/exist' }), [/--host-root/]],
    [
      'a file in place of a directory',
      () => ({ registration: 'device-plugins', 'device-plugins-dir': join(node.directory, 'config.json') }),
      [/not a directory/],
    ],
    [
      'a directory on a read-only file system',
      () => ({ registration: 'device-plugins', 'device-plugins-dir': '/proc/self' }),
      [/is not writable/],
    ],
    [
      'a socket path over 107 bytes',
      () => ({ registration: 'device-plugins', 'device-plugins-dir': `/${'x'.repeat(80)}` }),
      [/107/, /at most 62 bytes/],
    ],
    ['fake discovery without a file', () => ({ discovery: 'fake' }), [/--fake-hcas/]],
    ['an invalid file of fake HCAs', () => ({ discovery: 'fake', 'fake-hcas': '/etc/hostname' }), [/hcas/]],
  ])(
    '%s',
    async (_, change, expected) => {
      expectOneClearError(await runWith(good, change()), 1, expected);
    },
    livenessMs,
  );
});

describe('the program waits, and logs for what and the remedy, for', () => {
  const laterPath = (): string => join(node.directory, 'later');
  it.each<[string, () => Readonly<Record<string, string>>, RegExp, () => void]>([
    [
      'the settings file',
      () => ({ 'config-file': laterPath() }),
      /later does not exist.*remedy=.*--config-file/,
      () => writeFileSync(laterPath(), JSON.stringify(good)),
    ],
    [
      'the device-plugins directory',
      () => ({ registration: 'device-plugins', 'device-plugins-dir': laterPath() }),
      /later does not exist.*--device-plugins-dir/,
      () => symlinkSync(node.directories.devicePlugins, laterPath()),
    ],
    [
      'the registry',
      () => ({ registration: 'plugins-registry', 'plugins-registry-dir': laterPath() }),
      /later does not exist.*--plugins-registry-dir/,
      () => symlinkSync(node.directories.pluginsRegistry, laterPath()),
    ],
    [
      'either directory',
      () => ({ 'device-plugins-dir': '/does/not/exist', 'plugins-registry-dir': laterPath() }),
      /later does not exist.*--plugins-registry-dir/,
      () => symlinkSync(node.directories.pluginsRegistry, laterPath()),
    ],
  ])(
    '%s',
    async (_, change, expected, create) => {
      writeFileSync(join(node.directory, 'config.json'), JSON.stringify(good));
      await node.kubelet.start();
      const { ProgramFixture } = await import('../support/program-fixture.ts');
      const program = new ProgramFixture(flagsWith(change()));
      await until(() => expected.test(program.log));
      expect(program.log).not.toMatch(stackTrace);
      create();
      await node.until('the resource is registered', async () => (await node.kubelet.devices('rdma/a')) !== null);
      expect((await program.end()).status).toBe(0);
    },
    2 * livenessMs,
  );
});

describe('problems in several places', () => {
  it(
    'are logged at once, in JSON if the log format is JSON',
    async () => {
      const inTheWay = join(node.directory, 'config.json');
      const ended = await runWith(good, {
        'host-root': '/does/not/exist',
        registration: 'device-plugins',
        'device-plugins-dir': inTheWay,
        'log-format': 'json',
      });
      expect(ended.status).toBe(1);
      const codes = ended.err
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { code: string }).code);
      expect(codes.toSorted()).toEqual(['HOST_ROOT_NO_SYSFS', 'KUBELET_DIRECTORY_UNUSABLE']);
    },
    livenessMs,
  );
});

describe('the program exits with code 2 for wrong usage', () => {
  it.each([[['--nonsense']], [['--log-level', 'loud']], [['no-such-command']]])(
    '%j',
    async (wrong) => {
      const ended = await runProgram(wrong);
      expectOneClearError(ended, 2, [/^error: /]);
      expect(ended.out).toBe('');
    },
    livenessMs,
  );
});
