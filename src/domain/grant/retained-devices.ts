// SPDX-License-Identifier: Apache-2.0
import type { CdiDevice, CdiSpec } from './cdi-spec.ts';

/** A node has at most some hundred HCAs, and each change of its hardware leaves as many names. */
export const maxRetainedDevices = 1_024;

/**
 * Returns a spec with the devices that the resource had earlier, so that containers that hold them can be created
 * again. Offered devices come first, then the earlier ones in their order, which is that of `retain`.
 */
export function withRetained(offered: CdiSpec, earlier: readonly CdiDevice[]): CdiSpec {
  return { ...offered, devices: [...offered.devices, ...retain(offered, earlier)] };
}

/** Returns the earlier devices that an offer lacks. Of too many, the last are dropped. */
export function retain(offered: CdiSpec, earlier: readonly CdiDevice[]): readonly CdiDevice[] {
  const names = new Set(offered.devices.map(({ name }) => name));
  const retained: CdiDevice[] = [];
  for (const device of earlier) {
    if (names.has(device.name)) continue;
    names.add(device.name);
    if (retained.length < maxRetainedDevices) retained.push(device);
  }
  return retained;
}
