// SPDX-License-Identifier: Apache-2.0

/** Settings made from those of another program, as a plain document. */
export interface Conversion {
  readonly settings: { readonly configList: readonly object[] } & Readonly<Record<string, unknown>>;
  /** What could not be carried over, or means something else here: one sentence each. */
  readonly notes: readonly string[];
}
