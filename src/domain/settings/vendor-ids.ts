// SPDX-License-Identifier: Apache-2.0

/**
 * PCI vendor ids of HCAs, by the words that people write for them. Source: pci.ids (https://pci-ids.ucw.cz). HCAs that
 * NVIDIA sells have the id of Mellanox; its own, 10de, is that of its GPUs.
 */
const vendorIds: Readonly<Record<string, string>> = {
  mellanox: '15b3',
  nvidia: '15b3',
  connectx: '15b3',
  intel: '8086',
  broadcom: '14e4',
  amazon: '1d0f',
  aws: '1d0f',
  efa: '1d0f',
  chelsio: '1425',
  qlogic: '1077',
  marvell: '1077',
  huawei: '19e5',
  hisilicon: '19e5',
  pensando: '1dd8',
  microsoft: '1414',
  alibaba: '1ded',
  cornelis: '434e',
  vmware: '15ad',
};

/** Returns the id of the vendor that a text names, such as `Mellanox Technologies`; null if it names none. */
export function vendorIdOf(text: string): string | null {
  const words = text
    .toLowerCase()
    .slice(0, 80)
    .split(/[^a-z]+/);
  const named = words.find((word) => Object.hasOwn(vendorIds, word));
  return named === undefined ? null : (vendorIds[named] ?? null);
}
