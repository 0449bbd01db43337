// SPDX-License-Identifier: Apache-2.0

/** A map with at most `limit` entries: the most recently set ones, oldest first. */
export class NewestEntries<Value> extends Map<string, Value> {
  constructor(private readonly limit: number) {
    super();
  }

  override set(key: string, value: Value): this {
    this.delete(key);
    super.set(key, value);
    const [oldest] = this.keys();
    if (this.size > this.limit && oldest !== undefined) this.delete(oldest);
    return this;
  }
}
