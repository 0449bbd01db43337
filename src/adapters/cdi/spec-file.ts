// SPDX-License-Identifier: Apache-2.0
import { readTextFile } from '#adapters/host/bounded-file.ts';
import { type CdiDevice, type CdiSpec, cdiVendor } from '#domain/grant/cdi-spec.ts';
import type { ContainerNode } from '#domain/grant/container-nodes.ts';

/** The oldest version of the CDI format that has everything that is written here (CDI SPEC.md). */
const cdiVersion = '0.3.0';

/** Only files of this program have such names. */
export const specFileName = new RegExp(`^${cdiVendor.replaceAll('.', '\\.')}-.*\\.json$`);

export function fileNameOf({ kind }: CdiSpec): string {
  return `${kind.replace('/', '-')}.json`;
}

export function textOf({ kind, devices }: CdiSpec): string {
  const entries = devices.map(({ name, deviceNodes }) => ({ name, containerEdits: { deviceNodes } }));
  return `${JSON.stringify({ cdiVersion, kind, devices: entries }, null, 2)}\n`;
}

/**
 * Resolves to the devices of a stored spec; none if there is no file, or it is not one of this program's. Never
 * rejects: whatever stands there is replaced.
 */
export async function readDevices(path: string): Promise<readonly CdiDevice[]> {
  try {
    return devicesOf(JSON.parse(await readTextFile(path)));
  } catch {
    return [];
  }
}

function devicesOf(spec: unknown): readonly CdiDevice[] {
  return listOf(member(spec, 'devices')).flatMap((device) => {
    const name = member(device, 'name');
    const nodes = listOf(member(member(device, 'containerEdits'), 'deviceNodes')).map(nodeOf);
    const isComplete = nodes.length > 0 && nodes.every((node) => node !== null);
    return typeof name === 'string' && isDeviceName(name) && isComplete ? [{ name, deviceNodes: nodes }] : [];
  });
}

/** A device name as this program writes it (see `cdiDeviceName`). */
function isDeviceName(name: string): boolean {
  return /^hca-[A-Za-z0-9_.:-]*[A-Za-z0-9]$/.test(name);
}

function nodeOf(node: unknown): ContainerNode | null {
  const [path, permissions] = [member(node, 'path'), member(node, 'permissions')];
  return typeof path === 'string' && /^\/dev\/\P{Cc}+$/u.test(path) && permissions === 'rw'
    ? { path, permissions }
    : null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.map((entry: unknown) => entry) : [];
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
