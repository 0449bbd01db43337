// SPDX-License-Identifier: Apache-2.0
import { isUsable } from './fitness.ts';
import type { Hca } from '../hca/hca.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import { shortHash } from '../text/short-hash.ts';

/**
 * One thing that the kubelet can hand to one container. `hcas` are the names of the HCAs that it grants; `numaNodes`
 * is empty where the share has no exactly known place, which the kubelet takes as no preference.
 */
export interface Share {
  readonly id: string;
  readonly healthy: boolean;
  readonly numaNodes: readonly number[];
  readonly hcas: readonly string[];
}

/** Whether an HCA may be given to more pods now. */
export type IsFit = (hca: Hca) => boolean;

/** Shares that are alike but for the slot at the end of their ids, of which there are `rdmaHcaMax`, counted from 0. */
export interface ShareSeries {
  readonly idPrefix: string;
  readonly healthy: boolean;
  readonly numaNodes: readonly number[];
  readonly hcas: readonly string[];
}

/**
 * The series of a resource over the HCAs that it selects. A pool has one while one of them is usable, healthy
 * while one of those is fit; by device, each HCA has its own with its own health.
 */
export function seriesOf(resource: ResourceSettings, hcas: readonly Hca[], isFit: IsFit): readonly ShareSeries[] {
  return resource.sharing === 'pool' ? poolSeries(resource, hcas, isFit) : deviceSeries(resource, hcas, isFit);
}

function poolSeries({ deviceNodes }: ResourceSettings, hcas: readonly Hca[], isFit: IsFit): readonly ShareSeries[] {
  const usable = hcas.filter((hca) => isUsable(hca, deviceNodes));
  if (usable.length === 0) return [];
  return [{ idPrefix: '', healthy: usable.some(isFit), numaNodes: [], hcas: usable.map((hca) => hca.name) }];
}

function deviceSeries(resource: ResourceSettings, hcas: readonly Hca[], isFit: IsFit): readonly ShareSeries[] {
  return hcas.map((hca) => ({
    idPrefix: idPrefixOf(resource.name, identityOf(hca, hcas)),
    healthy: isFit(hca),
    numaNodes: resource.topology ? numaNodesOf(hca) : [],
    hcas: [hca.name],
  }));
}

function numaNodesOf(hca: Hca): readonly number[] {
  return hca.numaNode === null ? [] : [hca.numaNode];
}

/** The shares of some series, `count` of each. */
export function sharesOf(series: readonly ShareSeries[], count: number): readonly Share[] {
  return series.flatMap(({ idPrefix, ...same }) =>
    Array.from({ length: count }, (_, slot) => ({ id: `${idPrefix}${slot}`, ...same })),
  );
}

const unsetGuid = /^[0:]*$/;

/**
 * A name for an HCA that survives rename, restart and reboot: its PCI address, else its node GUID, else (soft devices)
 * its name. Devices that share one PCI function are told apart by their GUID, or at the last by their names.
 */
function identityOf(hca: Hca, among: readonly Hca[]): string {
  const candidates = stableNames(hca);
  const unique = candidates.find((name) => among.every((other) => other === hca || !stableNames(other).includes(name)));
  return unique ?? hca.name;
}

function stableNames(hca: Hca): readonly string[] {
  const guid = hca.nodeGuid !== null && !unsetGuid.test(hca.nodeGuid) ? [hca.nodeGuid] : [];
  return hca.pci === null ? guid : [hca.pci.address, ...guid.map((text) => `${hca.pci?.address}_${text}`)];
}

/** What the id of a share by device says. `hca` is the HCA's stable identity, `slot` counts from 0. */
export interface DeviceShareId {
  readonly resource: string;
  readonly hca: string;
  readonly slot: number;
}

/**
 * `<resource tag>-<hca>-<slot>`. The tag is eight hexadecimal digits of the resource's name: the kubelet credits health
 * by id alone, whatever the resource, so ids have to differ between resources (pkg/kubelet/cm/devicemanager/manager.go).
 */
export function formatShareId(id: DeviceShareId): string {
  return `${idPrefixOf(id.resource, id.hca)}${id.slot}`;
}

function idPrefixOf(resource: string, hca: string): string {
  return `${shortHash(resource)}-${hca}-`;
}

const shareIdForm = /^([0-9a-f]{8})-(.+)-(0|[1-9]\d*)$/;

/** Reads back what `formatShareId` wrote for that resource; null for any other text. */
export function parseShareId(resource: string, text: string): DeviceShareId | null {
  const match = shareIdForm.exec(text);
  const [, tag, hca, slot] = match ?? [];
  if (tag !== shortHash(resource) || hca === undefined || slot === undefined) return null;
  return Number.isSafeInteger(Number(slot)) ? { resource, hca, slot: Number(slot) } : null;
}

/** Whether two lists say the same to the kubelet: ids, health and NUMA nodes, in order. */
export function sameShares(a: readonly Share[], b: readonly Share[]): boolean {
  return a === b || (a.length === b.length && a.every((share, i) => sameShare(share, b[i])));
}

function sameShare(a: Share, b: Share | undefined): boolean {
  return (
    b !== undefined &&
    a.id === b.id &&
    a.healthy === b.healthy &&
    (a.numaNodes === b.numaNodes ||
      (a.numaNodes.length === b.numaNodes.length && a.numaNodes.every((node, i) => node === b.numaNodes[i])))
  );
}
