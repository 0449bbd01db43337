// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../support/node-fixture.ts';
import type { ProgramFixture } from '../support/program-fixture.ts';
import { RunningNodeFixture } from '../support/running-node-fixture.ts';
import { until } from '../support/until.ts';

let node = new RunningNodeFixture();
beforeEach(async () => {
  await node.close();
  node = new RunningNodeFixture();
  await node.kubelet.start();
  node.plug({ name: 'mlx5_0' }, { name: 'mlx5_1', broken: true });
  node.configure({ resourceName: 'a', rdmaHcaMax: 2, sharing: 'device', selectors: { vendors: ['15b3'] } });
});
afterEach(() => node.close());

async function portOf(program: ProgramFixture): Promise<number> {
  await until(() => /serving HTTP port=\d+/.test(program.log));
  return Number(/serving HTTP port=(\d+)/.exec(program.log)?.[1]);
}

async function scrape(port: number): Promise<ReadonlyMap<string, number>> {
  // The program closes the connection of a client that asks too often.
  let text = '';
  await until(async () => {
    text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
      (answer) => answer.text(),
      () => '',
    );
    return text !== '';
  });
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [
        line.slice(0, line.lastIndexOf(' ')).replace('rdma_shared_dp_', ''),
        Number(line.slice(line.lastIndexOf(' '))),
      ]),
  );
}

function badModule(name: string, code: string): string {
  const file = join(node.directory, name);
  writeFileSync(file, code);
  return file;
}

describe('the metrics of the program: --http-address', () => {
  it(
    'shows what is offered, registered and granted',
    async () => {
      const program = node.run('--http-address=127.0.0.1:0');
      const port = await portOf(program);
      await node.reach('rdma/a', 2);
      await node.start('rdma/a', 1);
      await expect(node.start('rdma/a', 9)).rejects.toThrow('requested number of devices unavailable');
      const first = await scrape(port);
      const shown = (key: string): number | undefined => first.get(key);
      expect([shown('hcas'), shown('resource_hcas{resource="rdma/a"}'), shown('settings_generation')]).toEqual([
        2, 1, 1,
      ]);
      expect([
        shown('shares{resource="rdma/a",state="healthy"}'),
        shown('shares{resource="rdma/a",state="unhealthy"}'),
      ]).toEqual([2, 2]);
      expect([
        shown('registered{resource="rdma/a"}'),
        shown('allocations_total{resource="rdma/a",result="granted"}'),
      ]).toEqual([1, 1]);
      expect([shown('discovery_up{discovery="fake"}'), shown('discovery_hcas{discovery="fake"}')]).toEqual([1, 2]);
      await node.kubelet.stop();
      await until(async () => (await scrape(port)).get('registered{resource="rdma/a"}') === 0);
      await node.kubelet.start();
      await node.reach('rdma/a', 2);
      // Metrics can be a second old.
      await until(async () => (await scrape(port)).get('registered{resource="rdma/a"}') === 1);
      expect((await scrape(port)).get('registrations_total{resource="rdma/a"}')).toBe(2);
      expect((await program.end()).status).toBe(0);
      await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
    },
    livenessMs,
  );

  it(
    'shows how each discovery module fails while the others go on',
    async () => {
      const failing = badModule(
        'throws.mjs',
        'export const createDiscovery = () => ({ discovery: { scan: async () => { throw new Error("no device") } } })',
      );
      const invalid = badModule(
        'invalid.mjs',
        'export const createDiscovery = () => ({ discovery: { scan: async () => ({ hcas: 7 }) } })',
      );
      const hanging = badModule(
        'hangs.mjs',
        'export const createDiscovery = () => ({ discovery: { scan: () => new Promise(() => {}) } })',
      );
      const empty = badModule(
        'empty.mjs',
        'export const createDiscovery = () => ({ discovery: { scan: async () => ({ hcas: [], problems: [] }) } })',
      );
      const program = node.run(
        '--http-address=127.0.0.1:0',
        ...[failing, invalid, hanging, empty].flatMap((one) => ['--discovery-module', one]),
      );
      const port = await portOf(program);
      await node.reach('rdma/a', 2);
      const timeouts = `discovery_scans_total{discovery="${hanging}",result="timeout"}`;
      await until(async () => ((await scrape(port)).get(timeouts) ?? 0) > 0);
      await until(async () => (await scrape(port)).has('problems{code="DISCOVERY_MODULE_TIMEOUT",severity="warning"}'));
      const shown = await scrape(port);
      const results = [failing, invalid, hanging, empty].map((one) =>
        ['error', 'invalid', 'timeout', 'success'].filter((result) =>
          shown.has(`discovery_scans_total{discovery="${one}",result="${result}"}`),
        ),
      );
      expect(results).toEqual([['error'], ['invalid'], ['timeout'], ['success']]);
      expect(
        [failing, invalid, hanging, empty, 'fake'].map((one) => shown.get(`discovery_up{discovery="${one}"}`)),
      ).toEqual([0, 0, 0, 1, 1]);
      expect(shown.get('problems{code="DISCOVERY_MODULE_TIMEOUT",severity="warning"}')).toBe(1);
    },
    livenessMs,
  );

  it(
    'serves nothing without the flag',
    async () => {
      const program = node.run();
      await node.reach('rdma/a', 2);
      expect(program.log).not.toContain('serving HTTP');
    },
    livenessMs,
  );

  it(
    'fails the start, with a remedy, if the address is in use or invalid',
    async () => {
      const other = createServer();
      await new Promise<void>((resolve) => {
        other.listen(0, '127.0.0.1', resolve);
      });
      node.onClose(async () => void other.close());
      const taken = other.address();
      const port = typeof taken === 'object' && taken !== null ? taken.port : 0;
      const { status, err } = await node.run(`--http-address=127.0.0.1:${port}`).ended;
      expect({ status, err }).toEqual({ status: 1, err: expect.stringContaining('the address is already in use') });
      expect(err).toContain('remedy=');
      const wrong = await node.run('--http-address=9464').ended;
      expect(wrong).toMatchObject({ status: 1, err: expect.stringContaining('it must be [host]:port') });
      expect(wrong.err).not.toMatch(/\n\s+at /);
    },
    livenessMs,
  );
});
