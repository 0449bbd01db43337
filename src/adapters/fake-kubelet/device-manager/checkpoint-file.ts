// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContainerAllocateResponse } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { Allocation } from './allocation-table.ts';

export interface Checkpoint {
  readonly allocations: readonly Allocation[];
  readonly resources: readonly string[];
}

type JsonObject = Readonly<Record<string, unknown>>;

const NAME = 'kubelet_internal_checkpoint';

/**
 * The file in the device-plugins directory that keeps allocations across a restart, in the kubelet's format (kubelet:
 * checkpoint.go). Only the checksum differs: it is 32 bits of a hash of the data's JSON, where the kubelet hashes Go's
 * own dump of the data.
 */
export class CheckpointFile {
  constructor(private readonly directory: string) {}

  write(allocations: readonly Allocation[], registered: Readonly<Record<string, readonly string[]>>): void {
    const data = { PodDeviceEntries: allocations.map(toEntry), RegisteredDevices: registered };
    const temporary = join(this.directory, `.${NAME}`);
    writeFileSync(temporary, JSON.stringify({ Data: data, Checksum: checksum(data) }));
    renameSync(temporary, join(this.directory, NAME));
  }

  /** Returns null if there is no checkpoint, or if it is invalid. */
  read(): Checkpoint | null {
    try {
      const content = asObject(JSON.parse(readFileSync(join(this.directory, NAME), 'utf8')));
      const data = asObject(content['Data']);
      if (content['Checksum'] !== checksum(data)) return null;
      return {
        allocations: Object.values(asObject(data['PodDeviceEntries'])).map(toAllocation),
        resources: Object.keys(asObject(data['RegisteredDevices'])),
      };
    } catch {
      return null;
    }
  }
}

function toEntry({ pod, container, resource, ids, response }: Allocation): JsonObject {
  return {
    PodUID: pod,
    ContainerName: container,
    ResourceName: resource,
    DeviceIDs: { '-1': ids },
    AllocResp: Buffer.from(ContainerAllocateResponse.encode(response).finish()).toString('base64'),
  };
}

function toAllocation(value: unknown): Allocation {
  const entry = asObject(value);
  return {
    pod: String(entry['PodUID']),
    container: String(entry['ContainerName']),
    resource: String(entry['ResourceName']),
    ids: Object.values(asObject(entry['DeviceIDs'])).flat().map(String),
    response: ContainerAllocateResponse.decode(Buffer.from(String(entry['AllocResp']), 'base64')),
  };
}

function asObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return Object.fromEntries(Object.entries(value));
}

function checksum(data: JsonObject): number {
  return createHash('sha256').update(JSON.stringify(data)).digest().readUInt32BE(0);
}
