// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';

/** A device of a CDI spec: its name, and the paths of its uverbs and umad nodes on the host. */
export interface CdiDevice {
  readonly name: string;
  readonly nodes: readonly string[];
}

export interface CdiSpec {
  readonly kind: string;
  readonly devices: readonly CdiDevice[];
}

interface SpecFile {
  readonly kind?: string;
  readonly devices?: readonly {
    readonly name: string;
    readonly containerEdits: {
      readonly deviceNodes?: readonly { readonly path: string; readonly hostPath?: string }[];
    };
  }[];
}

/** Reads a spec. A file that is missing or not JSON has no devices. */
export function readCdiSpec(file: string): CdiSpec {
  const { kind = '', devices = [] } = parseFile(file);
  return { kind, devices: devices.map(deviceOf) };
}

function deviceOf({ name, containerEdits }: NonNullable<SpecFile['devices']>[number]): CdiDevice {
  const paths = (containerEdits.deviceNodes ?? []).map(({ path, hostPath }) => hostPath ?? path);
  return { name, nodes: paths.filter((path) => !path.endsWith('/rdma_cm')) };
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
