// SPDX-License-Identifier: Apache-2.0
import type { Hca } from '../hca/hca.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import { shortHash } from '../text/short-hash.ts';
import { missingKinds } from './health.ts';

/** One unit that the kubelet can assign to one container: a device, in its terms. */
export interface Share {
  readonly id: string;
  readonly healthy: boolean;
  /** Empty if the share has no exact NUMA node, which the kubelet treats as no preference. */
  readonly numaNodes: readonly number[];
  /** The names of the HCAs that the share grants. */
  readonly hcas: readonly string[];
}

/** `rdmaHcaMax` shares that differ only in the slot at the end of their IDs, counted from 0. */
export interface ShareSeries extends Omit<Share, 'id'> {
  readonly idPrefix: string;
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
  return [{ idPrefix: '', healthy, numaNodes: [], hcas: usable.map((hca) => hca.name) }];
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
  return hcas.map((hca) => ({
    idPrefix: `${shortHash(resource.name)}-${identities.get(hca.name) ?? hca.name}-`,
    healthy: isHealthy(hca),
    numaNodes: resource.topology ? numaNodesOf(hca) : [],
    hcas: [hca.name],
  }));
}

function numaNodesOf(hca: Hca): readonly number[] {
  return hca.numaNode === null ? [] : [hca.numaNode];
}

/** Returns the shares of these series, `count` of each. */
export function sharesOf(series: readonly ShareSeries[], count: number): readonly Share[] {
  return series.flatMap(({ idPrefix, ...same }) =>
    Array.from({ length: count }, (_, slot) => ({ id: `${idPrefix}${slot}`, ...same })),
  );
}

/** Whether the kubelet sees no difference between two lists: equal IDs, health and NUMA nodes, in the same order. */
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
