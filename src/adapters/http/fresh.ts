// SPDX-License-Identifier: Apache-2.0

/** Returns a function that makes a value when it is asked, and again only when the value is older than `freshMs`. */
export function freshValue<Value>(make: () => Promise<Value>, freshMs: number): () => Promise<Value> {
  let made: { readonly value: Promise<Value>; readonly at: number } | null = null;
  return () => {
    if (made === null || performance.now() - made.at > freshMs) made = { value: make(), at: performance.now() };
    return made.value;
  };
}
