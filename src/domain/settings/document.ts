// SPDX-License-Identifier: Apache-2.0
// The settings as written: every value has a type, word and range that the schema allows
// (adapters/settings/schema), but their meaning is not validated yet.
import type { DeviceNodeSettings, HealthSettings, PlainResourceSettings, Selector, Settings } from './settings.ts';

/** Keys that may be absent. Null means that the schema rejected the value and already reported the problem. */
export type Written<T> = { readonly [Key in keyof T]?: T[Key] | null };

/** A list in which null replaces an element that the schema rejected. */
export type WrittenList<T> = readonly (T | null)[];

export type OneOrMore<T> = T | WrittenList<T>;

type SelectorEntries = { readonly [Key in keyof Selector]: WrittenList<Key extends 'numaNodes' ? number : string> };

export type SelectorsDocument = Written<SelectorEntries>;

export type DeviceNodesDocument = Written<{
  readonly [Key in keyof DeviceNodeSettings]: WrittenList<DeviceNodeSettings[Key][number]>;
}>;

export type ResourceDocument = Written<
  PlainResourceSettings & {
    readonly resourceName: string;
    readonly resourceNameTemplate: string;
    readonly resourcePrefix: string;
    readonly devices: WrittenList<string>;
    readonly selectors: OneOrMore<SelectorsDocument>;
    readonly exclude: OneOrMore<SelectorsDocument>;
    readonly health: Written<HealthSettings>;
    readonly deviceNodes: DeviceNodesDocument;
  }
>;

export type NodeMatchDocument = Written<{
  readonly names: WrittenList<string>;
  readonly labels: Readonly<Record<string, string | null>>;
}>;

type NodeKeys = Omit<Settings, 'resources'> & { readonly configList: WrittenList<ResourceDocument> };

/** One element of `nodes`. */
export type NodeEntryDocument = Written<
  NodeKeys & { readonly match: NodeMatchDocument; readonly remove: WrittenList<string> }
>;

export type SettingsDocument = Written<
  NodeKeys & { readonly $schema: string; readonly nodes: WrittenList<NodeEntryDocument> }
>;

/** Whether the schema rejected a part of a document. */
export function hasRejectedPart(document: unknown): boolean {
  if (typeof document !== 'object' || document === null) return document === null;
  return Object.values(document).some(hasRejectedPart);
}

/** Returns the elements of a list that the schema accepted. */
export function acceptedOf<T>(list: WrittenList<T> | null | undefined): readonly T[] {
  return (list ?? []).filter((element) => element !== null);
}

/** Whether a list has elements, even if some or all of them were rejected, or was itself rejected. */
export function hasElements(list: readonly unknown[] | null | undefined): boolean {
  return list === null || (list !== undefined && list.length > 0);
}

/** Returns the written values of the keys of `defaults`, frozen, with the default for each absent or rejected one. */
export function withDefaults<T extends object>(defaults: T, written: Written<NoInfer<T>>): T;
export function withDefaults(defaults: object, written: object): object {
  const values = Object.entries(written).filter(
    ([key, value]) => key in defaults && value !== undefined && value !== null,
  );
  return Object.freeze({ ...defaults, ...Object.fromEntries(values) });
}
