// SPDX-License-Identifier: Apache-2.0

/** What may be written alone or in a list. */
export type OneOrMore<T> = T | readonly T[];

/** The selectors of one resource as written; a key that is absent is not set. */
export interface SelectorsDocument {
  readonly vendors?: readonly string[];
  readonly deviceIDs?: readonly string[];
  readonly drivers?: readonly string[];
  readonly ifNames?: readonly string[];
  readonly linkTypes?: readonly string[];
  readonly rdmaDevices?: readonly string[];
  readonly pciAddresses?: readonly string[];
  readonly numaNodes?: readonly number[];
  readonly functionKinds?: readonly string[];
}

/** `health` of one resource as written; times in seconds. */
export interface HealthDocument {
  readonly linkDown?: string;
  readonly holdDownSeconds?: number;
  readonly forgetAfterSeconds?: number;
}

/** `deviceNodes` of one resource as written. */
export interface DeviceNodesDocument {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  readonly extra?: readonly string[];
}

/** One resource as written. */
export interface ResourceDocument {
  readonly resourceName?: string;
  readonly resourceNameTemplate?: string;
  readonly resourcePrefix?: string;
  readonly rdmaHcaMax?: number;
  readonly sharing?: string;
  readonly topology?: boolean;
  readonly allocationPolicy?: string;
  readonly maxSharesPerContainer?: number;
  readonly env?: boolean;
  readonly devices?: readonly string[];
  readonly selectors?: OneOrMore<SelectorsDocument>;
  readonly exclude?: OneOrMore<SelectorsDocument>;
  readonly health?: HealthDocument;
  readonly deviceNodes?: DeviceNodesDocument;
}

/** Which nodes an entry of `nodes` is for, as written. */
export interface NodeMatchDocument {
  readonly names?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** What stands in a document for every node, and in each of its entries for some. */
export interface NodeSettingsDocument {
  readonly periodicUpdateInterval?: number;
  readonly setLinksUp?: boolean;
  readonly configList?: readonly ResourceDocument[];
}

/** One element of `nodes` as written. */
export interface NodeEntryDocument extends NodeSettingsDocument {
  readonly match?: NodeMatchDocument;
  readonly remove?: readonly string[];
}

/** The settings as written: every key has its type, none has been judged. Numbers are whole and exact. */
export interface SettingsDocument extends NodeSettingsDocument {
  readonly nodes?: readonly NodeEntryDocument[];
}

/** What holds where a key is absent. Intervals are in seconds. */
export const settingsDefaults = {
  periodicUpdateInterval: 60,
  setLinksUp: false,
  resourcePrefix: 'rdma',
  rdmaHcaMax: 0,
  sharing: 'pool',
  topology: true,
  allocationPolicy: 'spread',
  env: false,
  health: { linkDown: 'ignore', holdDownSeconds: 10, forgetAfterSeconds: 86_400 },
  deviceNodes: { required: ['uverbs'], optional: ['umad', 'issm', 'rdma_cm', 'ucm'], extra: [] },
} as const;

/** The longest wait of a timer that counts milliseconds in 31 bits, in seconds: 24 days and 20 hours. */
export const longestUpdateInterval = 2_147_483;
