// SPDX-License-Identifier: Apache-2.0

/**
 * Which HCAs a resource wants: AND over the fields that are set, OR inside one. An empty list is a field not set.
 * Strings are compared exactly.
 */
export interface Selector {
  readonly vendors: readonly string[];
  readonly deviceIDs: readonly string[];
  readonly drivers: readonly string[];
  readonly ifNames: readonly string[];
  readonly linkTypes: readonly string[];
}

/**
 * What one share stands for. `pool`: every share grants all HCAs of the resource, and `rdmaHcaMax` shares exist in
 * all. `device`: a share grants one HCA, and `rdmaHcaMax` shares exist for each.
 */
export type Sharing = 'pool' | 'device';

/** One resource as asked for. `name` is what pods ask for: `<prefix>/<resourceName>`. */
export interface ResourceSettings {
  readonly name: string;
  readonly rdmaHcaMax: number;
  readonly sharing: Sharing;
  readonly selector: Selector;
}

/** The settings in force, frozen. `periodicUpdateInterval` is in seconds; 0 means no periodic scan. */
export interface Settings {
  readonly periodicUpdateInterval: number;
  readonly setLinksUp: boolean;
  readonly resources: readonly ResourceSettings[];
}
