// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { shortHash } from '#domain/text/short-hash.ts';
import { until } from '../support/processes.ts';
import { StuckFile, canMountStuckFiles } from '../support/stuck-file.ts';
import { describeTier, noteTime } from '../support/tier-group.ts';
import { kubeletVersions } from './programs.mjs';
import { Tier, resource, sharedTier } from './tier.ts';

const settings = { rdmaHcaMax: 3, sharing: 'device', selectors: { vendors: ['15b3'] } };
const idsOf = (address: string): readonly string[] =>
  [0, 1, 2].map((slot) => `${shortHash(resource)}-${address}-${slot}`);
const [stuckIds, otherIds] = [idsOf('0000:3b:00.0'), idsOf('0000:3c:00.0')];
const allIds = [...stuckIds, ...otherIds].toSorted();
/** How long the driver does not answer. A driver waits a minute for a command of its firmware. */
const stuckMs = 60_000;

describeTier('an HCA whose driver does not answer for a minute', () => {
  describe.each(kubeletVersions.slice(-1))('on kubelet %s', (kubelet) => {
    const shared = sharedTier(
      () => new Tier('device-plugins', 'packaged', settings),
      async (tier) => {
        await tier.start(kubelet);
        tier.plugin.start();
        await tier.untilListed(allIds);
      },
    );

    (canMountStuckFiles ? it : it.skip)(
      'loses its shares and gets them back, while pods on the other HCA start',
      async () => {
        const tier = await shared();
        const stuck = await StuckFile.over(join(tier.host.root, 'sys/class/infiniband/mlx5_0/ports/1/state'));
        try {
          const since = performance.now();
          void stuck.hold();
          const unhealthyMs = (await tier.untilListed(otherIds.toSorted())) - since;
          noteTime('driver stops answering until its shares are unhealthy', { kubelet }, unhealthyMs);
          expect(tier.plugin.log.join('\n')).toMatch(
            /HCA mlx5_0 \(0000:3b:00\.0\) does not answer: the read of .* is stuck/,
          );
          expect((await tier.pod('meanwhile', 1).run()).nodes).toEqual(['rdma_cm', 'umad10', 'uverbs1']);
          await until('a minute has passed', () => performance.now() - since > stuckMs);
          expect(tier.pod('meanwhile', 1).starts()).toBe(1);
          stuck.release();
          const released = performance.now();
          noteTime(
            'driver answers until its shares are healthy',
            { kubelet },
            (await tier.untilListed(allIds)) - released,
          );
        } finally {
          await stuck.close();
        }
      },
    );
  });
});
