// SPDX-License-Identifier: Apache-2.0
import type { DeviceNodeKind } from '../hca/hca.ts';
import type { Problem } from '../problem/problem.ts';

/**
 * Which HCAs a resource selects: AND between the fields that are set, OR inside a field. An empty list is a field that
 * is not set. `drivers`, `ifNames`, `rdmaDevices` and `pciAddresses` may hold patterns (glob.ts); other entries are
 * compared exactly.
 */
export type Selector = Readonly<Record<SelectorField, readonly string[]>>;

/** The fields of a selector: those of upstream in its order, then those that upstream lacks. */
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
] as const;
export type SelectorField = (typeof selectorFields)[number];

/**
 * What one share grants. `pool`: all HCAs of the resource, with `rdmaHcaMax` shares in total. `device`: one HCA, with
 * `rdmaHcaMax` shares for each HCA.
 */
type Sharing = 'pool' | 'device';

/**
 * With `sharing: device`, which HCA is preferred: the least used (`spread`), or the most used with free shares
 * (`pack`).
 */
export type AllocationPolicy = 'spread' | 'pack';

/** When a share is healthy, and how long it stays listed. */
export interface HealthSettings {
  /** Whether an HCA without an active port is unhealthy. */
  readonly linkDown: 'ignore' | 'unhealthy';
  /** How long a link that was down must be up before it counts as up, in seconds. */
  readonly holdDownSeconds: number;
  /** How long a share without an HCA stays listed as unhealthy, for pods that may still hold it, in seconds. */
  readonly forgetAfterSeconds: number;
}

/** Which device nodes containers get. */
export interface DeviceNodeSettings {
  /** Kinds that an HCA must have to be offered. */
  readonly required: readonly DeviceNodeKind[];
  /** Kinds that containers get where the HCA has them. */
  readonly optional: readonly DeviceNodeKind[];
  /**
   * Paths under `/dev`, outside `/dev/infiniband`, that containers get where they exist. The last part may be a
   * pattern.
   */
  readonly extra: readonly string[];
}

/** The settings of one resource. */
export interface ResourceSettings {
  /** What pods request: `<prefix>/<resourceName>`. It is `nameTemplate` until the HCAs fill it in. */
  readonly name: string;
  /** `<prefix>/<resourceNameTemplate>` if one entry makes several resources, else null. */
  readonly nameTemplate: string | null;
  readonly rdmaHcaMax: number;
  readonly sharing: Sharing;
  /** Whether the kubelet gets the NUMA node of each per-device share. */
  readonly topology: boolean;
  readonly allocationPolicy: AllocationPolicy;
  /** Null for no limit. */
  readonly maxSharesPerContainer: number | null;
  /** Whether containers get the names of their HCAs in environment variables. */
  readonly env: boolean;
  /** An HCA is selected if any of these matches it and none of `exclude` does. */
  readonly selectors: readonly Selector[];
  readonly exclude: readonly Selector[];
  readonly health: HealthSettings;
  readonly deviceNodes: DeviceNodeSettings;
}

/** The effective settings of a node, frozen. */
export interface Settings {
  /** Seconds between two scans; 0 turns the periodic scan off. */
  readonly periodicUpdateInterval: number;
  readonly setLinksUp: boolean;
  readonly resources: readonly ResourceSettings[];
}

/** A resource that is not offered, because the kubelet would reject it. Its document is valid otherwise. */
export interface RejectedResource {
  /** `<prefix>/<resourceName>` as written. */
  readonly name: string;
  /** What the kubelet would reject. */
  readonly problems: readonly Problem[];
}

/** A valid document, frozen: the settings of every node, and the overrides for some nodes. See for-node.ts. */
export interface ClusterSettings extends Settings {
  readonly rejected: readonly RejectedResource[];
  readonly nodes: readonly NodeEntry[];
}

/** The overrides of a document for the nodes that match. A null value overrides nothing. */
export interface NodeEntry {
  /** The path of the entry in the document, such as `nodes[0]`. */
  readonly path: string;
  readonly match: NodeMatch;
  /** Names of resources to remove, or patterns. */
  readonly remove: readonly string[];
  /** Resources to add; each replaces the resource with the same name. */
  readonly resources: readonly ResourceSettings[];
  /** The same for those that are not offered: what they replace is not offered either. */
  readonly rejected: readonly RejectedResource[];
  readonly periodicUpdateInterval: number | null;
  readonly setLinksUp: boolean | null;
}

/**
 * Matches a node with any of `names` and all of `labels`, both of which may be patterns. Empty `names` match any node;
 * at least one of the two has entries.
 */
export interface NodeMatch {
  readonly names: readonly string[];
  readonly labels: readonly { readonly key: string; readonly value: string }[];
}

/** The value of each key that is absent. */
export const settingsDefaults: {
  readonly node: Omit<Settings, 'resources'>;
  readonly resourcePrefix: string;
  readonly resource: PlainResourceSettings;
  readonly health: HealthSettings;
  readonly deviceNodes: DeviceNodeSettings;
} = {
  node: { periodicUpdateInterval: 60, setLinksUp: false },
  resourcePrefix: 'rdma',
  resource: {
    rdmaHcaMax: 0,
    sharing: 'pool',
    topology: true,
    allocationPolicy: 'spread',
    maxSharesPerContainer: null,
    env: false,
  },
  health: { linkDown: 'ignore', holdDownSeconds: 10, forgetAfterSeconds: 86_400 },
  deviceNodes: { required: ['uverbs'], optional: ['umad', 'issm', 'rdma_cm', 'ucm'], extra: [] },
};

/** The settings of a resource that keep the value of their key in the document. */
export type PlainResourceSettings = Omit<
  ResourceSettings,
  'name' | 'nameTemplate' | 'selectors' | 'exclude' | 'health' | 'deviceNodes'
>;

/** The longest delay of a timer that counts milliseconds in 31 bits, in seconds: 24 days and 20 hours. */
export const maxTimerSeconds = 2_147_483;

/** The most entries of `deviceNodes.extra`: each is compared with every name in its directory at each scan. */
export const extraPatternLimit = 32;
