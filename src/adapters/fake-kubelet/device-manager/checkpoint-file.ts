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
 * The file in the device-plugins directory that carries allocations over a restart, in the kubelet's format (kubelet:
 * checkpoint.go). Only the checksum differs: it is 32 bits of a hash of the data's JSON, where the kubelet hashes Go's
 * own dump of the data.
 */
export class CheckpointFile {
  private readonly path: string;

  constructor(private readonly directory: string) {
    this.path = join(directory, NAME);
  }

  write(allocations: readonly Allocation[], registered: Readonly<Record<string, readonly string[]>>): void {
    const data = { PodDeviceEntries: allocations.map(toEntry), RegisteredDevices: registered };
    const temporary = join(this.directory, `.${NAME}`);
    writeFileSync(temporary, JSON.stringify({ Data: data, Checksum: checksum(JSON.stringify(data)) }));
    renameSync(temporary, this.path);
  }

  /** Returns null where there is no checkpoint, or where it is invalid. */
  read(): Checkpoint | null {
    try {
      const content = asObject(JSON.parse(readFileSync(this.path, 'utf8')));
      const data = asObject(content['Data']);
      if (content['Checksum'] !== checksum(JSON.stringify(data))) return null;
      const entries = data['PodDeviceEntries'];
      return {
        allocations: Array.isArray(entries) ? entries.map((entry: unknown) => toAllocation(asObject(entry))) : [],
        resources: Object.keys(asObject(data['RegisteredDevices'])),
      };
    } catch {
      return null;
    }
  }
}

function toEntry(allocation: Allocation): JsonObject {
  return {
    PodUID: allocation.pod,
    ContainerName: allocation.container,
    ResourceName: allocation.resource,
    DeviceIDs: { '-1': allocation.ids },
    AllocResp: Buffer.from(ContainerAllocateResponse.encode(allocation.response).finish()).toString('base64'),
  };
}

function toAllocation(entry: JsonObject): Allocation {
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

function checksum(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
