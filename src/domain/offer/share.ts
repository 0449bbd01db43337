// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import { shortHash } from '../text/short-hash.ts';
import { missingKinds } from './health.ts';

/**
 * Shares that differ only in the slot at the end of their IDs. A share is one unit that the kubelet can assign to one
 * container: a device, in its terms. A resource can have 200,000 shares, and few series: what works on series does not
 * grow with the shares.
 */
export interface ShareSeries {
  /** The ID of a share is this and its slot. */
  readonly idPrefix: string;
  /** The slots: `count` of them from `first` on, at least one. */
  readonly first: number;
  readonly count: number;
  readonly healthy: boolean;
  /** Empty if the shares have no exact NUMA node, which the kubelet treats as no preference. */
  readonly numaNodes: readonly number[];
  /** The names of the HCAs that each share grants. */
  readonly hcas: readonly string[];
  /** Since when, in milliseconds of the clock, they are listed only because pods may hold them; null if they exist. */
  readonly heldSince: number | null;
}

/** What is known of the HCAs of a resource. Identities are by the name of the HCA. */
interface SeriesContext {
  readonly isHealthy: (hca: Hca) => boolean;
  readonly identities: ReadonlyMap<string, string>;
}

/**
 * Returns the series of a resource over the HCAs that it selects. A pool has one series as long as it has a usable HCA;
 * the series is healthy as long as one of these HCAs is. With per-device shares, each HCA has a series and a health of
 * its own.
 */
export function seriesOf(
  resource: ResourceSettings,
  hcas: readonly Hca[],
  context: SeriesContext,
): readonly ShareSeries[] {
  if (resource.sharing === 'device') return deviceSeries(resource, hcas, context);
  const usable = hcas.filter((hca) => missingKinds(hca, resource.deviceNodes).length === 0);
  if (usable.length === 0) return [];
  const healthy = usable.some(context.isHealthy);
  return existing(resource, [{ idPrefix: '', healthy, numaNodes: [], hcas: usable.map((hca) => hca.name) }]);
}

/**
 * Per-device shares have the IDs `<hash of the resource>-<identity of the HCA>-<slot>`. The kubelet looks up health by
 * ID alone, whatever the resource, so IDs must differ between resources (pkg/kubelet/cm/devicemanager/manager.go).
 */
function deviceSeries(
  resource: ResourceSettings,
  hcas: readonly Hca[],
  { isHealthy, identities }: SeriesContext,
): readonly ShareSeries[] {
  return existing(
    resource,
    hcas.map((hca) => ({
      idPrefix: `${shortHash(resource.name)}-${identities.get(hca.name) ?? hca.name}-`,
      healthy: isHealthy(hca),
      numaNodes: resource.topology ? numaNodesOf(hca) : [],
      hcas: [hca.name],
    })),
  );
}

/** `rdmaHcaMax` shares of each series, which may be none. */
function existing(
  { rdmaHcaMax }: ResourceSettings,
  series: readonly Omit<ShareSeries, 'first' | 'count' | 'heldSince'>[],
): readonly ShareSeries[] {
  return rdmaHcaMax === 0 ? [] : series.map((one) => ({ ...one, first: 0, count: rdmaHcaMax, heldSince: null }));
}

function numaNodesOf(hca: Hca): readonly number[] {
  return hca.numaNode === null ? [] : [hca.numaNode];
}

/** Returns how many shares there are. */
export function countShares(series: readonly ShareSeries[]): number {
  return series.reduce((sum, { count }) => sum + count, 0);
}

export function countHealthy(series: readonly ShareSeries[]): number {
  return countShares(series.filter(({ healthy }) => healthy));
}

/** Whether the kubelet sees no difference between two lists: equal IDs, health and NUMA nodes, in the same order. */
export function sameShares(a: readonly ShareSeries[], b: readonly ShareSeries[]): boolean {
  return a === b || (a.length === b.length && a.every((series, i) => sameSeries(series, b[i])));
}

function sameSeries(a: ShareSeries, b: ShareSeries | undefined): boolean {
  return (
    b !== undefined &&
    a.idPrefix === b.idPrefix &&
    a.first === b.first &&
    a.count === b.count &&
    a.healthy === b.healthy &&
    (a.numaNodes === b.numaNodes ||
      (a.numaNodes.length === b.numaNodes.length && a.numaNodes.every((node, i) => node === b.numaNodes[i])))
  );
}
