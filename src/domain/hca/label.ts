// SPDX-License-Identifier: Apache-2.0
import type { Hca } from './hca.ts';

/** Returns `mlx5_0 (0000:3b:00.0)`, or only the name of an HCA that has no PCI function. */
export function labelOf({ name, pci }: Hca): string {
  return pci === null ? name : `${name} (${pci.address})`;
}
