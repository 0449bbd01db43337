// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

/** A device of a CDI spec: its name, and the paths of its uverbs and umad nodes on the host. */
export interface CdiDevice {
  readonly name: string;
  readonly nodes: readonly string[];
}

interface SpecFile {
  readonly devices?: readonly {
    readonly name: string;
    readonly containerEdits: {
      readonly deviceNodes?: readonly { readonly path: string; readonly hostPath?: string }[];
    };
  }[];
}

/** Reads the devices of a spec. A file that is missing or not JSON has none. */
export function readCdiDevices(file: string): readonly CdiDevice[] {
  return (parseFile(file).devices ?? []).map(({ name, containerEdits }) => ({
    name,
    nodes: (containerEdits.deviceNodes ?? [])
      .map(({ path, hostPath }) => hostPath ?? path)
      .filter((path) => !path.endsWith('/rdma_cm')),
  }));
}

function parseFile(file: string): SpecFile {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SpecFile;
  } catch {
    return {};
  }
}

/** Returns the devices in words, in an order of their own. */
export function describeDevices(devices: readonly CdiDevice[]): string {
  return devices
    .map(({ name, nodes }) => `${name}: ${nodes.toSorted().join(' ')}`)
    .toSorted()
    .join(', ');
}
