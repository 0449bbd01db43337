// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';

/** What a key is declared with, next to its schema. Other metadata goes into the JSON Schema as it is. */
export interface KeyMetadata {
  /** Complete sentences in Markdown, for the tables of the documentation and the JSON Schema. */
  readonly description?: string;
  /** False for a key that upstream does not have; the keys in it need no mark of their own. */
  readonly upstream?: false;
  /** The remedy for an unknown word or a number out of range, instead of the general one. */
  readonly remedy?: string;
  /** The unit of a number. */
  readonly unit?: 'seconds';
  readonly default?: unknown;
  /** Whether null removes an earlier value of the same key: upstream has a pointer there. */
  readonly clearedByNull?: true;
  /** Whether other programs have the key too, so that it does not show for which program a document was written. */
  readonly common?: true;
  readonly deprecated?: true;
  /** Limits for the JSON Schema and for messages. The domain checks them where the schema itself does not. */
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
}

/** The keys of an object, each with a schema for the type that the domain's document has there. */
export type KeysOf<Document> = { readonly [Key in keyof Document]-?: v.GenericSchema<unknown, Document[Key]> };

/** Declares a key that may be absent. The domain reports required keys that are missing. */
export function key<const S extends v.GenericSchema>(schema: S, description: string, metadata: KeyMetadata = {}) {
  return v.exactOptional(v.pipe(schema, v.metadata({ description, ...metadata })));
}

/** As `key`, for a key that upstream does not have. */
export function addedKey<const S extends v.GenericSchema>(schema: S, description: string, metadata: KeyMetadata = {}) {
  return key(schema, description, { upstream: false, ...metadata });
}

/** A whole number that a double holds exactly. The JSON Schema and messages take its range from the metadata. */
export function wholeNumber({ minimum, maximum }: Pick<KeyMetadata, 'minimum' | 'maximum'> = {}) {
  return v.pipe(
    v.number(),
    v.integer(),
    v.safeInteger(),
    v.minValue(minimum ?? Number.MIN_SAFE_INTEGER),
    v.maxValue(maximum ?? Number.MAX_SAFE_INTEGER),
    v.metadata({ ...(minimum !== undefined && { minimum }), ...(maximum !== undefined && { maximum }) }),
  );
}

export const strings = v.array(v.string());

/** One object, as in upstream, or a list of objects. */
export function oneOrMore<const S extends v.GenericSchema>(schema: S) {
  const list = v.array(schema);
  return v.lazy((input): S | typeof list => (Array.isArray(input) ? list : schema));
}
