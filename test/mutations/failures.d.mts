// SPDX-License-Identifier: Apache-2.0
export function failuresIn(text: string): ReadonlyMap<string, { readonly file: string; readonly name: string }>;
