// SPDX-License-Identifier: Apache-2.0
// Schemas for the values of an HCA, for inventories from outside: those of discovery modules and of files of fake
// HCAs. The message of each schema says what is allowed, after "it must be".
import * as v from 'valibot';
import { deviceNodeKinds } from '#domain/hca/hca.ts';
import { printableString, printableText } from '#domain/text/printable.ts';

/** RDMA_DEV_NAME_MAX is 64 and IFNAMSIZ is 16, both with the terminating null character. */
export const hcaName = matching(
  /^[A-Za-z0-9_.-]{1,63}$/,
  'the name of an RDMA device, of 63 letters, digits and "_", ".", "-" at most',
);
export const netdevName = matching(/^[^/\s\p{C}]{1,15}$/u, 'the name of a network interface, 15 characters at most');
export const pciAddress = matching(
  /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/,
  'a PCI address such as 0000:3b:00.0',
);
export const pciId = matching(/^[0-9a-f]{4}$/, 'four lower-case hexadecimal digits');
/** No part is empty, `.` or `..`: containers get the device at this path. */
export const nodePath = matching(/^\/dev(\/(?!\.{1,2}(\/|$))[^/\s\p{C}]+)+$/u, 'a path under /dev');
export const word = matching(/^[^\s\p{C}]\P{Cc}{0,255}$/u, 'a text of one line, 256 characters at most');
export const flag = v.boolean('true or false');
export const functionKind = oneOf(['pf', 'vf']);
export const nodeKind = oneOf(deviceNodeKinds);
export const numaNode = wholeNumber(0);
export const subfunction = wholeNumber(0);
export const portNumber = wholeNumber(1);
export const gidTableSize = wholeNumber(1);

export function matching(form: RegExp, allowed: string) {
  return v.pipe(v.string(allowed), v.regex(form, allowed));
}

export function oneOf<const Words extends readonly string[]>(words: Words) {
  return v.picklist(words, `one of ${words.join(', ')}`);
}

function wholeNumber(least: number) {
  const allowed = `a whole number, ${least} or greater`;
  return v.pipe(v.number(allowed), v.safeInteger(allowed), v.minValue(least, allowed));
}

/** A list of at most `most` items. */
export function list<const Item extends v.GenericSchema>(item: Item, most = Number.MAX_SAFE_INTEGER) {
  const bound = `a list of ${most} entries at most`;
  // The length is checked before the items.
  return v.pipe(
    v.custom<unknown[]>((input) => Array.isArray(input), 'a list'),
    v.maxLength(most, bound),
    v.array(item, 'a list'),
    v.readonly(),
  );
}

/** An object with these keys. Others are ignored. */
export function object<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    plainObject('an object'),
    v.object(entries, (issue) => allowedIn(entries, issue)),
  );
}

/** An object with these keys only. */
export function strictObject<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    plainObject(`an object with the keys ${Object.keys(entries).join(', ')}`),
    v.strictObject(entries, (issue) => allowedIn(entries, issue)),
  );
}

/** Valibot accepts a list as an object. */
function plainObject(allowed: string) {
  return v.custom<object>((input) => typeof input === 'object' && input !== null && !Array.isArray(input), allowed);
}

/** What is allowed for a missing key, or the known keys if a key is unknown. */
function allowedIn(entries: v.ObjectEntries, { path }: v.BaseIssue<unknown>): string {
  const missing = entries[String(path?.at(-1)?.key)];
  return missing !== undefined && 'message' in missing && typeof missing.message === 'string'
    ? missing.message
    : Object.keys(entries).join(', ');
}

/** Rejects a list in which two objects have the same value at `key`. */
export function distinct<Item extends object>(key: keyof Item & string) {
  return v.rawCheck<readonly Item[]>(({ dataset: { value }, addIssue }) => {
    const seen = new Set<unknown>();
    const items: readonly unknown[] = Array.isArray(value) ? value : [];
    const duplicate = items.flatMap((item) => valueAt(item, key)).find((one) => seen.size === seen.add(one).size);
    if (duplicate !== undefined) addIssue({ message: `has ${printableText(String(duplicate))} more than once` });
  });
}

/** The value in a list, or an empty list if the item does not match the schema. */
function valueAt(item: unknown, key: string): readonly (string | number)[] {
  const found: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, key) : undefined;
  return typeof found === 'string' || typeof found === 'number' ? [found] : [];
}

/** The path and the text of an issue of these schemas. Paths begin with `root`. */
export function faultOf(issue: v.BaseIssue<unknown>, root: string): { readonly path: string; readonly fault: string } {
  const steps = (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return { path: printableText(`${root}${steps.join('')}`), fault: wordsOf(issue) };
}

/** A verb phrase with the path as its subject, and what is allowed. */
function wordsOf({ type, message, expected, input, path }: v.BaseIssue<unknown>): string {
  if (type === 'raw_check') return message;
  if (type === 'strict_object' && expected === 'never') return `is an unknown key; it must be one of ${message}`;
  const isMissing = path?.at(-1)?.origin === 'key' || input === undefined;
  return `is ${isMissing ? 'missing' : shown(input)}; it must be ${message}`;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return printableString(value);
  if (Array.isArray(value)) return 'a list';
  return value === null || ['number', 'boolean', 'bigint'].includes(typeof value)
    ? String(value)
    : `of type ${typeof value}`;
}
