// SPDX-License-Identifier: Apache-2.0

/** A cache of limited size, which forgets the value that was not used for the longest time. */
export class RecentMap<Key, Value> {
  private readonly values = new Map<Key, Value>();

  constructor(private readonly limit: number) {}

  /** Returns the value of a key, which `create` creates if there is none. */
  get(key: Key, create: () => Value): Value {
    const known = this.values.get(key);
    const value = known ?? create();
    // A map keeps the order in which keys were set.
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.limit) this.forgetOldest();
    return value;
  }

  private forgetOldest(): void {
    for (const oldest of this.values.keys()) {
      this.values.delete(oldest);
      return;
    }
  }
}
