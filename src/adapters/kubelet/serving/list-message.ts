// SPDX-License-Identifier: Apache-2.0
import { listSizeLimit } from '#domain/kubelet-limits/list-size.ts';
import { type ShareSeries, countShares } from '#domain/offer/share.ts';
import { Device, ListAndWatchResponse } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import { HEALTHY, UNHEALTHY } from '#adapters/kubelet-api/services.ts';

/**
 * Encodes the list message. Settings whose healthy shares do not fit are rejected, but `Unhealthy` is two bytes longer
 * than `Healthy`. If these bytes exceed the limit, the unhealthy shares are omitted: the kubelet would end the stream
 * because of the long list, and all shares would be lost. Returns also how many were omitted.
 */
export function encodeList(shares: readonly ShareSeries[]): { readonly message: Uint8Array; readonly omitted: number } {
  const message = encodeAll(shares);
  if (message.length <= listSizeLimit) return { message, omitted: 0 };
  const healthy = shares.filter((series) => series.healthy);
  return { message: encodeAll(healthy), omitted: countShares(shares) - countShares(healthy) };
}

function encodeAll(shares: readonly ShareSeries[]): Uint8Array {
  return Buffer.concat(shares.flatMap((series) => runsOf(series).map((run) => encodeRun(series, run))));
}

/** Slots with the same number of digits: their devices have the same number of bytes. */
interface Run {
  readonly first: number;
  readonly count: number;
}

function runsOf({ first, count }: ShareSeries): readonly Run[] {
  const runs: Run[] = [];
  const end = first + count;
  for (let from = first; from < end;) {
    const to = Math.min(end, 10 ** String(from).length);
    runs.push({ first: from, count: to - from });
    from = to;
  }
  return runs;
}

/**
 * Encodes the first device of a run, repeats its bytes, and counts the slot up in each copy. A list can have 200,000
 * devices, and an object for each would take ten times as long, and forty times the memory.
 */
function encodeRun({ idPrefix, healthy, numaNodes }: ShareSeries, { first, count }: Run): Buffer {
  const health = healthy ? HEALTHY : UNHEALTHY;
  const topology = numaNodes.length === 0 ? null : { nodes: numaNodes.map((ID) => ({ ID })) };
  const device = { ID: `${idPrefix}${first}`, health, topology };
  const record = ListAndWatchResponse.encode({ devices: [device] }).finish();
  const digits = String(first).length;
  // Behind the ID stands what a device without an ID has: protobuf omits empty texts.
  const digitsEnd = record.length - Device.encode({ ...device, ID: '' }).finish().length;
  const run = Buffer.allocUnsafe(record.length * count).fill(record);
  for (let index = 1; index < count; index += 1)
    writeNumber(run, index * record.length + digitsEnd, first + index, digits);
  return run;
}

/** Writes a number in decimal digits, the last of them before `end`. */
function writeNumber(bytes: Buffer, end: number, value: number, digits: number): void {
  let rest = value;
  for (let at = end - 1; at >= end - digits; at -= 1) {
    bytes[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}
