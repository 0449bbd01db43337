// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { GrantLog } from '#adapters/kubelet/serving/grant-log.ts';
import type { Grant } from '#domain/grant/grant.ts';
import { RecordedLog } from '../../../support/recorded-log.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

const grant: Grant = {
  resource: 'rdma/a',
  hcas: ['mlx5_0'],
  deviceNodes: [],
  cdiDevices: ['rdma-shared-dp.io/hca_rdma_a=hca-mlx5_0'],
  environment: {},
};

describe('GrantLog', () => {
  const clock = new SteppedClock();
  const log = new RecordedLog();
  const grants = new GrantLog(clock, log);

  it('names CDI devices in place of device nodes, and counts the shares after the first ones', () => {
    grants.granted(
      Array.from({ length: 18 }, (_, index) => String(index)),
      grant,
    );
    const shares = '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 and 2 more';
    const { resource, hcas, cdiDevices } = grant;
    expect(log.lines.map(({ fields }) => fields)).toEqual([{ resource, shares, hcas, cdiDevices }]);
  });

  it('logs twenty grants a second, and counts the others', async () => {
    for (let i = 1; i < 1_000; i += 1) grants.granted(['0'], grant);
    expect(log.lines).toHaveLength(20);
    await clock.step(1_000);
    expect(log.valuesOf('more shares granted', 'containers')).toEqual([980]);
    grants.granted(['0'], grant);
    expect(log.messages().at(-1)).toBe('shares granted');
    expect(clock.pending).toBe(0);
  });
});
