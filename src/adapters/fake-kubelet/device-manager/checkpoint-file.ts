// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Allocation } from './allocation-table.ts';
import { messageNamed } from '../connection/reference-codec.ts';

export interface Checkpoint {
  readonly allocations: readonly Allocation[];
  readonly resources: readonly string[];
}

const NAME = 'kubelet_internal_checkpoint';
const response = messageNamed('v1beta1.ContainerAllocateResponse');

/**
 * The file in the device-plugins directory by which a kubelet remembers (kubelet: checkpoint.go). The shape is the kubelet's; the
 * checksum is 32 bits of a hash of the data's JSON, where the kubelet takes one of Go's way of printing it.
 */
export class CheckpointFile {
  private readonly path: string;

  constructor(private readonly directory: string) {
    this.path = join(directory, NAME);
  }

  write(allocations: readonly Allocation[], registered: Readonly<Record<string, readonly string[]>>): void {
    const data = { PodDeviceEntries: allocations.map(entryOf), RegisteredDevices: registered };
    const fresh = join(this.directory, `.${NAME}`);
    writeFileSync(fresh, JSON.stringify({ Data: data, Checksum: checksum(JSON.stringify(data)) }));
    renameSync(fresh, this.path);
  }

  /** Null when there is none, or none that can be believed. */
  read(): Checkpoint | null {
    try {
      const content = record(JSON.parse(readFileSync(this.path, 'utf8')));
      const data = record(content['Data']);
      if (content['Checksum'] !== checksum(JSON.stringify(data))) return null;
      const entries = data['PodDeviceEntries'];
      return {
        allocations: Array.isArray(entries) ? entries.map((entry: unknown) => allocationOf(record(entry))) : [],
        resources: Object.keys(record(data['RegisteredDevices'])),
      };
    } catch {
      return null;
    }
  }
}

function entryOf(allocation: Allocation): Readonly<Record<string, unknown>> {
  return {
    PodUID: allocation.pod,
    ContainerName: allocation.container,
    ResourceName: allocation.resource,
    DeviceIDs: { '-1': allocation.ids },
    AllocResp: response.serialize(allocation.response).toString('base64'),
  };
}

function allocationOf(entry: Readonly<Record<string, unknown>>): Allocation {
  return {
    pod: String(entry['PodUID']),
    container: String(entry['ContainerName']),
    resource: String(entry['ResourceName']),
    ids: Object.values(record(entry['DeviceIDs'])).flat().map(String),
    response: response.deserialize(Buffer.from(String(entry['AllocResp']), 'base64')),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return Object.fromEntries(Object.entries(value));
}

function checksum(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
