// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type CdiDevice, type CdiSpec, cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { maxRetainedDevices, retain, withRetained } from '#domain/grant/retained-devices.ts';
import { aResource, anHca, anOffer } from '../../support/hca-fixture.ts';

function specOf(indices: readonly number[]): CdiSpec {
  const hcas = indices.map((index) => anHca(index % 256, { name: `mlx5_${index}` }));
  return cdiSpecOf(anOffer(aResource(), hcas));
}

const offers = fc.array(fc.uniqueArray(fc.nat(30)).map(specOf), { minLength: 1, maxLength: 20 });

/** The devices of a spec after a history of offers. */
function after(history: readonly CdiSpec[]): readonly CdiDevice[] {
  return history.reduce<readonly CdiDevice[]>((earlier, offer) => withRetained(offer, earlier).devices, []);
}

describe('withRetained', () => {
  it('keeps every device that was ever offered, once, with the nodes that it was offered with last', () => {
    fc.assert(
      fc.property(offers, (history) => {
        const devices = after(history);
        const last = new Map(history.flatMap((spec) => spec.devices.map((device) => [device.name, device] as const)));
        expect(devices.map(({ name }) => name).toSorted()).toEqual([...last.keys()].toSorted());
        expect(devices).toEqual(devices.map(({ name }) => last.get(name)));
      }),
    );
  });

  it('puts the devices that are offered first', () => {
    fc.assert(
      fc.property(offers, (history) => {
        const offered = history.at(-1)?.devices ?? [];
        expect(after(history).slice(0, offered.length)).toEqual(offered);
      }),
    );
  });
});

describe('retain', () => {
  it('keeps 1,024 devices besides the offered ones, those offered last', () => {
    const history = Array.from({ length: 1_200 }, (_, i) => specOf([i]));
    const devices = after(history);
    expect(devices).toHaveLength(maxRetainedDevices + 1);
    expect(devices.at(-1)?.name).toBe('hca-mlx5_175');
    expect(retain(specOf([]), devices)).toHaveLength(maxRetainedDevices);
  });
});
