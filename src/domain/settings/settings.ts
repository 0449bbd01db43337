// SPDX-License-Identifier: Apache-2.0
import type { DeviceNodeKind } from '../hca/hca.ts';

/**
 * Which HCAs a resource wants: AND over the fields that are set, OR inside one. An empty list is a field not set.
 * Names and addresses may be patterns (glob.ts); other strings are compared exactly.
 */
export interface Selector {
  readonly vendors: readonly string[];
  readonly deviceIDs: readonly string[];
  readonly drivers: readonly string[];
  readonly ifNames: readonly string[];
  readonly linkTypes: readonly string[];
  readonly rdmaDevices: readonly string[];
  readonly pciAddresses: readonly string[];
  readonly numaNodes: readonly string[];
  readonly functionKinds: readonly string[];
}

/** The fields of a selector: those of upstream in upstream's order, then ours. */
export const selectorFields = [
  'vendors',
  'deviceIDs',
  'drivers',
  'ifNames',
  'linkTypes',
  'rdmaDevices',
  'pciAddresses',
  'numaNodes',
  'functionKinds',
] as const satisfies readonly (keyof Selector)[];

/** The fields with entries that may be glob patterns. */
export const globFields: ReadonlySet<keyof Selector> = new Set<keyof Selector>([
  'drivers',
  'ifNames',
  'rdmaDevices',
  'pciAddresses',
]);

/**
 * What one share stands for. `pool`: every share grants all HCAs of the resource, and `rdmaHcaMax` shares exist in
 * all. `device`: a share grants one HCA, and `rdmaHcaMax` shares exist for each.
 */
export type Sharing = 'pool' | 'device';

/**
 * Which HCA the next container gets, where a share grants one HCA. `spread`: that of which the least shares are taken; `pack`: that
 * of which the most are.
 */
export type AllocationPolicy = 'spread' | 'pack';

/**
 * When a share counts as healthy and how long one stays listed. `linkDown`: whether an HCA without a port up is unhealthy;
 * `holdDownSeconds`: how long a link that was down has to be up before it counts; `forgetAfterSeconds`: how long a share that
 * nothing makes any more stays in the list, as unhealthy, for the sake of pods that may hold it.
 */
export interface HealthSettings {
  readonly linkDown: 'ignore' | 'unhealthy';
  readonly holdDownSeconds: number;
  readonly forgetAfterSeconds: number;
}

/**
 * Which device nodes containers get. `required`: kinds without which an HCA is of no use to the resource; `optional`: kinds that are passed where
 * the HCA has them; `extra`: paths below `/dev` outside `/dev/infiniband`, whose last part may be a pattern (glob.ts), passed where they exist.
 */
export interface DeviceNodeSettings {
  readonly required: readonly DeviceNodeKind[];
  readonly optional: readonly DeviceNodeKind[];
  readonly extra: readonly string[];
}

/**
 * One resource as asked for. `name` is what pods ask for: `<prefix>/<resourceName>`. Where `nameTemplate` is not null, it is the template
 * of the names of several (`<prefix>/<resourceNameTemplate>`), and `name` is the same until HCAs make names of it. `topology`: whether the kubelet is told the
 * NUMA node of a share by device. `maxSharesPerContainer` is null for no limit. `selectors`: one of them has to take the HCA; `exclude`: none of
 * them may. `env`: whether
 * containers are told their HCAs in environment variables.
 */
export interface ResourceSettings {
  readonly name: string;
  readonly nameTemplate: string | null;
  readonly rdmaHcaMax: number;
  readonly sharing: Sharing;
  readonly topology: boolean;
  readonly allocationPolicy: AllocationPolicy;
  readonly maxSharesPerContainer: number | null;
  readonly env: boolean;
  readonly selectors: readonly Selector[];
  readonly exclude: readonly Selector[];
  readonly health: HealthSettings;
  readonly deviceNodes: DeviceNodeSettings;
}

/** The settings in force on a node, frozen. `periodicUpdateInterval` is in seconds; 0 means no periodic scan. */
export interface Settings {
  readonly periodicUpdateInterval: number;
  readonly setLinksUp: boolean;
  readonly resources: readonly ResourceSettings[];
}

/** A valid document as a whole, frozen: what holds on every node, and what holds on some. For one node: node-settings.ts. */
export interface ClusterSettings extends Settings {
  readonly nodes: readonly NodeEntry[];
}

/**
 * What a document changes on the nodes that match. Each of `resources` takes the place of the one with
 * its name, or is added; others that a pattern of `remove` names are taken away. Null is what the entry leaves as it is.
 */
export interface NodeEntry {
  /** Where it stands in the document: `nodes[0]`. */
  readonly path: string;
  readonly match: NodeMatch;
  readonly remove: readonly string[];
  readonly resources: readonly ResourceSettings[];
  readonly periodicUpdateInterval: number | null;
  readonly setLinksUp: boolean | null;
}

/**
 * Which nodes an entry is for: those that one of `names` matches, if there are any, and whose labels all match. Names and the values of
 * labels may be patterns (glob.ts). One of the two says something.
 */
export interface NodeMatch {
  readonly names: readonly string[];
  readonly labels: readonly LabelPattern[];
}

export interface LabelPattern {
  readonly key: string;
  readonly value: string;
}
