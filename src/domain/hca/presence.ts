// SPDX-License-Identifier: Apache-2.0
import type { DeviceNode, Hca } from './hca.ts';
import type { Identities } from './identity.ts';

/** What containers that were started before `at` may hold of an HCA that has changed since. */
export interface HcaChange {
  /** The name that the HCA had. */
  readonly name: string;
  /** Its own device nodes before. */
  readonly nodes: readonly DeviceNode[];
  /** Whether the HCA was absent in between, which ended every use of it. */
  readonly wasAbsent: boolean;
  /** When it was complete again, in milliseconds of the clock. */
  readonly at: number;
}

/** One HCA that the node has or had. */
export interface HcaRecord {
  /** As it was seen last. */
  readonly hca: Hca;
  /** The node that it had last of each kind and port. */
  readonly nodes: readonly DeviceNode[];
  /** Since when it is absent, in milliseconds of the clock; null while it is present. */
  readonly absentSince: number | null;
  /** When it appeared, in milliseconds of the clock; null if the first scan found it, so that pods may use it. */
  readonly arrivedAt: number | null;
  /** Its latest change; null if it never changed. */
  readonly change: HcaChange | null;
}

/** All HCAs that the node has had since the program started, by their identities. Those present come first. */
export type HcaPresence = ReadonlyMap<string, HcaRecord>;

interface PresentHcas {
  readonly hcas: readonly Hca[];
  readonly identities: Pick<Identities, 'byHca' | 'known'>;
  /** Whether HCAs may be present that are not in `hcas`. */
  readonly isPartial: boolean;
}

/**
 * A driver that is loaded again creates the device, its nodes and its final name one after the other. What happens
 * within this time belongs to one change.
 */
const oneChangeMs = 30_000;

/**
 * Continues the records with an inventory taken at `now`; `before` is null for the first one. Forgets the HCAs whose
 * identity is forgotten.
 */
export function updatePresence(before: HcaPresence | null, present: PresentHcas, now: number): HcaPresence {
  const records = new Map<string, HcaRecord>();
  for (const hca of present.hcas) {
    const identity = present.identities.byHca.get(hca.name) ?? hca.name;
    const record = before?.get(identity);
    records.set(
      identity,
      record === undefined ? firstRecord(hca, before === null ? null : now) : continued(record, hca, now),
    );
  }
  for (const { identity } of present.identities.known) {
    const record = before?.get(identity);
    if (record === undefined || records.has(identity)) continue;
    const absentSince = record.absentSince ?? (present.isPartial ? null : now);
    records.set(identity, { ...record, absentSince });
  }
  return records;
}

function firstRecord(hca: Hca, arrivedAt: number | null): HcaRecord {
  return { hca, nodes: ownNodes(hca), absentSince: null, arrivedAt, change: null };
}

function continued(record: HcaRecord, hca: Hca, now: number): HcaRecord {
  const nodes = ownNodes(hca);
  const newest = [...nodes, ...record.nodes.filter((old) => !nodes.some((node) => isSameRole(node, old)))];
  const { arrivedAt } = record;
  return {
    hca,
    nodes: newest,
    absentSince: null,
    arrivedAt,
    change: changeOf(record, hca, nodes, now) ?? record.change,
  };
}

function changeOf(record: HcaRecord, hca: Hca, nodes: readonly DeviceNode[], now: number): HcaChange | null {
  const wasAbsent = record.absentSince !== null;
  const isRenamed = hca.name !== record.hca.name;
  const isRenumbered = nodes.some((node) =>
    record.nodes.some((old) => isSameRole(node, old) && old.path !== node.path),
  );
  if (!wasAbsent && !isRenamed && !isRenumbered) return null;
  const { change, arrivedAt } = record;
  if (arrivedAt !== null && now - arrivedAt < oneChangeMs && !wasAbsent) return null;
  if (change !== null && now - change.at < oneChangeMs && !wasAbsent) return { ...change, at: now };
  return { name: record.hca.name, nodes: record.nodes, wasAbsent, at: now };
}

/** The host has one rdma_cm node, which stays when an HCA goes. */
function ownNodes({ deviceNodes }: Hca): readonly DeviceNode[] {
  return deviceNodes.filter(({ kind }) => kind !== 'rdma_cm');
}

function isSameRole(a: DeviceNode, b: DeviceNode): boolean {
  return a.kind === b.kind && a.port === b.port;
}
