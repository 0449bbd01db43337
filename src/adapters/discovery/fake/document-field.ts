// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '#domain/problem/problem.ts';

/** Where findings about a document go. */
export type Findings = Pick<Problem[], 'push'>;

/**
 * A value somewhere in a parsed document, read by what it should be. An absent value reads as undefined; a wrong one
 * too, and adds a problem that names its path.
 */
export class DocumentField {
  constructor(
    private readonly value: unknown,
    private readonly path: string,
    private readonly findings: Findings,
  ) {}

  /** The fields of an object, by key; keys that are not known are findings. */
  fields<K extends string>(
    known: readonly K[],
    ignored: readonly string[] = [],
  ): ((key: K) => DocumentField) | undefined {
    if (this.value === undefined) return undefined;
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      return this.wrong(`an object with the keys ${known.join(', ')}`);
    }
    const entries = new Map<string, unknown>(Object.entries(this.value));
    for (const key of entries.keys()) {
      if (!known.some((one) => one === key) && !ignored.includes(key)) this.unknownKey(key, known);
    }
    return (key) => new DocumentField(entries.get(key), `${this.path}.${key}`, this.findings);
  }

  items(): readonly DocumentField[] | undefined {
    if (this.value === undefined) return undefined;
    if (!Array.isArray(this.value)) return this.wrong('a list');
    return this.value.map((item: unknown, index) => new DocumentField(item, `${this.path}[${index}]`, this.findings));
  }

  /** A text of this form; numbers are refused, because YAML would read `1e10` and `0x15` as other numbers than meant. */
  text(form: RegExp, allowed: string): string | undefined {
    if (this.value === undefined) return undefined;
    if (typeof this.value === 'number') return this.wrong(`${allowed}, in quotes`);
    return typeof this.value === 'string' && form.test(this.value) ? this.value : this.wrong(allowed);
  }

  count(): number | undefined {
    if (this.value === undefined) return undefined;
    const { value } = this;
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.wrong('a whole number from 0 on');
  }

  flag(): boolean | undefined {
    if (this.value === undefined || typeof this.value === 'boolean') return this.value;
    return this.wrong('true or false');
  }

  oneOf<const T extends string>(words: readonly T[]): T | undefined {
    if (this.value === undefined) return undefined;
    return words.find((word) => word === this.value) ?? this.wrong(`one of ${words.join(', ')}`);
  }

  /** Null where the document says null, else what `read` makes of this field. */
  orNull<T>(read: (field: this) => T): T | null {
    return this.value === null ? null : read(this);
  }

  isText(): boolean {
    return typeof this.value === 'string';
  }

  required<T>(read: T | undefined): T | undefined {
    if (this.value === undefined) this.add('is missing', 'Add it.');
    return read;
  }

  private unknownKey(key: string, known: readonly string[]): void {
    this.add(`has the unknown key ${key}`, `Take it out, or use one of ${known.join(', ')}.`);
  }

  private wrong(allowed: string): undefined {
    this.add(`is ${describe(this.value)}`, `Make it ${allowed}.`);
    return undefined;
  }

  add(fault: string, remedy: string): void {
    this.findings.push(
      createProblem('FAKE_HCAS_INVALID', { subject: this.path, message: `${this.path} ${fault}.`, remedy }),
    );
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
