// SPDX-License-Identifier: Apache-2.0
import { type HcaWorld, type WorldHardware, defaultHardware } from './hca-world.ts';

/**
 * One promise of an adapter, for any test runner. `name` completes a sentence that begins with the adapter. `run`
 * rejects with an AssertionError where the adapter breaks the promise.
 */
export interface ContractCase<World extends HcaWorld = HcaWorld> {
  readonly name: string;
  readonly run: (makeWorld: () => Promise<World>) => Promise<void>;
}

export type CompleteHardware = Required<WorldHardware>;

/** A case that makes its own world, which starts without HCAs, and closes it. */
export function contractCase<World extends HcaWorld>(
  name: string,
  check: (world: World, hardware: CompleteHardware) => Promise<void>,
): ContractCase<World> {
  const run: ContractCase<World>['run'] = async (makeWorld) => {
    const world = await makeWorld();
    try {
      await check(world, { ...defaultHardware, ...world.hardware });
    } finally {
      await world.close();
    }
  };
  return { name, run };
}

/** Adds HCAs with the names of these indices. Returns the names. */
export async function addHcas(
  world: HcaWorld,
  { nameOf }: CompleteHardware,
  ...indices: readonly number[]
): Promise<readonly string[]> {
  const names = indices.map(nameOf);
  for (const name of names) await world.add({ name });
  return names;
}
