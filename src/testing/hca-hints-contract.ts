// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { type ContractCase, addHcas, contractCase } from './contract-case.ts';
import type { HintedWorld } from './hca-world.ts';

/** How long a hint may take in a test. In production, the periodic scan finds what no hint has announced. */
const hintLimitMs = 20_000;
const stepMs = 200;

/** The promises of HcaChangeHints, for an adapter that gives hints when HCAs are added or removed. */
export const hcaHintsContract: readonly ContractCase<HintedWorld>[] = [
  contractCase('gives no hint before watch() has returned', async (world) => {
    for (const kind of ['watch', 'watchLinks'] as const) {
      const hints = watch(world, kind);
      assert.equal(hints.count, 0, `${kind}() must not call onHint before it has returned`);
      hints.stop();
    }
  }),
  contractCase('gives a hint after an HCA is added, and after it is removed', async (world, hardware) => {
    const hints = watch(world);
    await world.discovery.scan();
    await hinted(world, hints, 'an HCA that is added', () => addHcas(world, hardware, 0));
    await settled(world, hints);
    await hinted(world, hints, 'an HCA that is removed', () => world.remove(hardware.nameOf(0)));
    hints.stop();
  }),
  contractCase(
    'gives no hint to a watch that was stopped, and still gives hints to another',
    async (world, hardware) => {
      const [stopped, other] = [watch(world), watch(world)];
      await world.discovery.scan();
      stopped.stop();
      stopped.stop();
      await hinted(world, other, 'an HCA that is added while another watch is stopped', () =>
        addHcas(world, hardware, 0),
      );
      assert.equal(stopped.count, 0, 'onHint must not be called after the watch was stopped');
      other.stop();
    },
  ),
];

interface CountedHints {
  readonly count: number;
  readonly stop: () => void;
}

function watch({ hints }: HintedWorld, kind: 'watch' | 'watchLinks' = 'watch'): CountedHints {
  let count = 0;
  const stop = hints[kind]?.(() => {
    count += 1;
  });
  return {
    get count() {
      return count;
    },
    stop: () => stop?.(),
  };
}

/** Makes a change, and waits for a hint. */
async function hinted(
  world: HintedWorld,
  hints: CountedHints,
  change: string,
  makeChange: () => Promise<unknown>,
): Promise<void> {
  const end = Date.now() + hintLimitMs;
  const before = hints.count;
  await makeChange();
  while (hints.count === before) {
    assert.ok(Date.now() < end, `${change} must be followed by a call of onHint`);
    await pass(world);
  }
}

/** Waits until a period without hints: one change can be followed by several. */
async function settled(world: HintedWorld, hints: CountedHints): Promise<void> {
  let before;
  do {
    before = hints.count;
    await pass(world);
  } while (hints.count !== before);
}

async function pass(world: HintedWorld): Promise<void> {
  if (world.pass === undefined) await wait(stepMs);
  else await world.pass(stepMs);
}
