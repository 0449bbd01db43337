// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DriverProcess } from '#adapters/host/driver-process.ts';
import { livenessMs } from '../../support/node-fixture.ts';
import { SteppedClock } from '../../support/stepped-clock.ts';
import { StuckFile, canMountStuckFiles } from '../../support/stuck-file.ts';
import { until } from '../../support/until.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'driver-process-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** The children of this process that read attributes. */
function readers(): readonly number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.map(Number).filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--eval'));
}

describe('DriverProcess', () => {
  const whereMountable = canMountStuckFiles ? it : it.skip;
  let clock: SteppedClock;
  let reader: DriverProcess;
  beforeEach(() => {
    clock = new SteppedClock();
    reader = new DriverProcess(clock);
  });
  afterEach(async () => {
    reader.stop();
    await until(() => readers().length === 0);
  });

  const answers = async () => [
    await reader.read(file('state', '4: ACTIVE\n')),
    await reader.read(file('empty', '')),
    await reader.read(file('line ends', 'a\nb\r\n\u{1F600}"')),
    await reader.read(file('longest', 'x'.repeat(4096))).then((text) => text?.length),
    await reader.read(file('too long', 'x'.repeat(4097))),
    await reader.read(join(directory, 'missing')),
    await reader.read(directory),
  ];
  const expected = ['4: ACTIVE\n', '', 'a\nb\r\n\u{1F600}"', 4096, null, null, null];

  it(
    'reads attributes in this process until it is started, and in another one afterwards',
    async () => {
      expect(await answers()).toEqual(expected);
      expect(readers()).toEqual([]);
      await reader.start();
      expect(await answers()).toEqual(expected);
      expect(readers()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'starts one process only',
    async () => {
      await Promise.all([reader.start(), reader.start()]);
      await reader.start();
      expect(readers()).toHaveLength(1);
    },
    livenessMs,
  );

  it(
    'answers many reads at a time, each with its own file',
    async () => {
      await reader.start();
      const paths = Array.from({ length: 500 }, (_, i) => file(`many${i}`, String(i)));
      expect(await Promise.all(paths.map(reader.read))).toEqual(paths.map((_, i) => String(i)));
    },
    livenessMs,
  );

  it(
    'starts another process when one ends, and leaves no read without an answer',
    async () => {
      await reader.start();
      const [first] = readers();
      await clock.step(10_000);
      const state = file('state', '4: ACTIVE\n');
      const reads = Promise.all(Array.from({ length: 100 }, () => reader.read(state)));
      process.kill(first ?? 0, 'SIGKILL');
      expect(new Set(await reads)).toEqual(new Set(['4: ACTIVE\n']));
      await until(() => readers().some((pid) => pid !== first));
    },
    livenessMs,
  );

  whereMountable.each(['this process', 'another process'])(
    'answers null in %s if neither the read nor the close of an attribute succeeds',
    async (place) => {
      if (place === 'another process') await reader.start();
      const processes = readers();
      const stuck = await StuckFile.over(file('failing', '4: ACTIVE\n'));
      const held = stuck.hold();
      const answer = reader.read(join(directory, 'failing'));
      await held;
      await stuck.fail();
      expect(await answer).toBeNull();
      expect(readers()).toEqual(processes);
    },
    livenessMs,
  );

  it(
    'reads in this process if the other one ends right after its start',
    async () => {
      await reader.start();
      const [first] = readers();
      process.kill(first ?? 0, 'SIGKILL');
      await until(() => readers().length === 0);
      expect(await answers()).toEqual(expected);
      expect(readers()).toEqual([]);
    },
    livenessMs,
  );
});
