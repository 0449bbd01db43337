// SPDX-License-Identifier: Apache-2.0

/** A form of text, and what to call it. */
export interface TextForm {
  readonly form: RegExp;
  readonly allowed: string;
}

/** Says where an answer is wrong: the path, what is allowed there, what was found. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer';
}

/** A value somewhere in the answer of a module, read by what it should be. Each read throws a WrongAnswer. */
export class AnswerField {
  constructor(
    private readonly value: unknown,
    private readonly path: string,
  ) {}

  object(): { readonly get: (key: string) => AnswerField } {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value))
      return this.wrong('an object');
    const entries = new Map<string, unknown>(Object.entries(this.value));
    return { get: (key) => new AnswerField(entries.get(key), `${this.path}.${key}`) };
  }

  list<T>(read: (item: AnswerField) => T): readonly T[] {
    if (!Array.isArray(this.value)) return this.wrong('a list');
    // Not map, which passes over the holes of a list.
    return Array.from(this.value, (item: unknown, index) => read(new AnswerField(item, `${this.path}[${index}]`)));
  }

  listOrEmpty<T>(read: (item: AnswerField) => T): readonly T[] {
    return this.orNull((field) => field.list(read)) ?? [];
  }

  orNull<T>(read: (field: AnswerField) => T): T | null {
    return this.value === undefined || this.value === null ? null : read(this);
  }

  text({ form, allowed }: TextForm): string {
    return typeof this.value === 'string' && form.test(this.value) ? this.value : this.wrong(allowed);
  }

  textOrNull(form: TextForm): string | null {
    return this.orNull((field) => field.text(form));
  }

  count(least = 0): number {
    const { value } = this;
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= least
      ? value
      : this.wrong(`a whole number from ${least} on`);
  }

  flag(): boolean {
    return typeof this.value === 'boolean' ? this.value : this.wrong('true or false');
  }

  oneOf<const T extends string>(words: readonly T[]): T {
    return (
      words.find((word) => word === this.value) ??
      this.wrong(words.length === 0 ? 'nothing' : `one of ${words.join(', ')}`)
    );
  }

  /** Refuses a list in which two have the same name. */
  distinct(names: readonly string[]): void {
    const twin = names.find((name, index) => names.indexOf(name) !== index);
    if (twin !== undefined) throw new WrongAnswer(`${this.path} has ${twin} more than once`);
  }

  private wrong(allowed: string): never {
    throw new WrongAnswer(`${this.path} is ${shown(this.value)}; allowed is ${allowed}`);
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (Array.isArray(value)) return 'a list';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  return `of type ${typeof value}`;
}
