// SPDX-License-Identifier: Apache-2.0
import { StuckFile } from '../support/stuck-file.ts';
import type { Fault } from './fault.ts';
import type { TestHca } from './test-hca.ts';
import type { TestedNode } from './tested-node.ts';

function candidates({ host }: TestedNode): readonly TestHca[] {
  return host.hcas.filter((hca) => host.driverFiles(hca).length > 0);
}

/**
 * The reads of one attribute do not return for a while. The program must not be killed meanwhile: a process whose first
 * scan waits for such a read cannot end before it returns (docs/adr/0026-reads-that-drivers-answer.md).
 */
const driverDoesNotAnswer: Fault = {
  name: 'driver does not answer',
  weight: 4,
  targets: ['host', 'process'],
  possible: (node) => node.support.stuckFiles === null && candidates(node).length > 0,
  async inject(node, random) {
    const hca = random.pickOrNull(candidates(node));
    const file = hca === null ? null : random.pickOrNull(node.host.driverFiles(hca));
    const ms = random.between(0, 8_000);
    if (file === null) return { details: 'none' };
    const stuck = await StuckFile.over(file);
    void stuck.hold();
    return {
      details: `${file.replace(/.*\/infiniband\//, '')} for ${ms} ms after the other faults`,
      undo: async () => {
        await node.pause(ms);
        await stuck.close();
      },
    };
  },
};

export const driverFaults: readonly Fault[] = [driverDoesNotAnswer];
