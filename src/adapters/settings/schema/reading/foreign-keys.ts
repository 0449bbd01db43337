// SPDX-License-Identifier: Apache-2.0
import type * as v from 'valibot';
import type { FindingText } from '#domain/settings/validation/findings.ts';
import type { ConfigDocument, ConfigMember, ConfigNode } from '../../document/document.ts';
import { meantNumber } from '../quantity.ts';
import { type Shape, expectedText, foldedKey, metadataOf, shapeOf } from '../shape.ts';

/** `other-type`: the key has a value that cannot be meant for it. `beside-devices`: upstream uses `devices` alone. */
type ForeignReason = 'other-type' | 'beside-devices';

/** The members of a document that are not meant for this program, although it has keys of the same names. */
export type ForeignMembers = ReadonlyMap<ConfigMember, ForeignReason>;

/** A member of the document whose key upstream lacks, with its schema. */
interface AddedMember {
  readonly member: ConfigMember;
  readonly schema: v.GenericSchema;
}

/**
 * Finds the keys of a document for upstream that upstream ignores and that mean something else than here: those of its
 * forks, of other plugins, and remarks. Such a document must keep its resources.
 *
 * A mistake in settings for this program must not pass as such a key. So nothing is foreign in YAML, which upstream
 * cannot read, nor in a document in which any key that upstream lacks has a value that can be meant for it, be it valid
 * or not: `"sharing": 5` and `"env": "true"` are mistakes, whereas `"env": ["A=b"]` is foreign.
 */
export function findForeignMembers({ format, root }: ConfigDocument, schema: v.GenericSchema): ForeignMembers {
  if (format !== 'json') return new Map();
  const added = addedMembers(root, schema);
  const isOurs = added.some(({ member, schema: of }) => metadataOf(of).common !== true && isMeant(member.value, of));
  if (isOurs) return new Map();
  const ofOtherType = added.filter(({ member, schema: of }) => isForeign(member.value, of));
  return new Map([
    ...ofOtherType.map(({ member }) => [member, 'other-type'] as const),
    ...selectorsBesideDevices(root, schema).map((member) => [member, 'beside-devices'] as const),
  ]);
}

/** Describes a foreign key for a warning. */
export function foreignText(reason: ForeignReason, schema: v.GenericSchema): FindingText {
  const expected = expectedText(shapeOf(schema));
  return reason === 'other-type'
    ? {
        found: 'has a value that is not meant for this program, and is ignored, as upstream ignores it',
        allowed: `here it must be ${expected}`,
        remedy: `Remove the key, or set it to ${expected}.`,
      }
    : {
        found: 'is ignored, as upstream ignores it',
        allowed: 'the resource has devices, which are used instead',
        remedy: 'Remove the key; or move the interface names from devices into selectors.ifNames to use both.',
      };
}

/** Returns the members whose keys upstream lacks, without those below them. */
function addedMembers(node: ConfigNode, schema: v.GenericSchema): readonly AddedMember[] {
  return knownMembers(node, shapeOf(schema)).flatMap((known) =>
    metadataOf(known.schema).upstream === false ? [known] : addedMembers(known.member.value, known.schema),
  );
}

/** Returns the members that the schema has: of an object, or of each object of a list. */
function knownMembers(node: ConfigNode, shape: Shape): readonly AddedMember[] {
  if (node.kind === 'list') {
    const item = shape.kind === 'list' ? shape.item : shape.kind === 'object' ? shape.orListOf : null;
    return item === null ? [] : node.items.flatMap((element) => knownMembers(element, shapeOf(item)));
  }
  if (node.kind !== 'object' || shape.kind !== 'object') return [];
  const schemas = new Map(Object.entries(shape.keys).map(([name, schema]) => [foldedKey(name), schema]));
  return node.members.flatMap((member) => {
    const schema = schemas.get(foldedKey(member.key));
    return schema === undefined ? [] : [{ member, schema }];
  });
}

/** Whether the author of a value can have meant the key of this program. Null and what is empty show nothing. */
function isMeant(node: ConfigNode, schema: v.GenericSchema): boolean {
  const shape = shapeOf(schema);
  const isScalar = node.kind === 'string' || node.kind === 'number' || node.kind === 'boolean';
  if (shape.kind === 'boolean') return node.kind === 'boolean' || (isScalar && booleanWord.test(textOf(node)));
  if (shape.kind === 'integer') return node.kind === 'number' || isNumberText(node);
  if (shape.kind === 'word' || shape.kind === 'string') return isScalar;
  if (shape.kind === 'list' && !isObjectShape(shapeOf(shape.item)))
    return isScalar || (node.kind === 'list' && node.items.length > 0);
  return hasKnownKey(node, shape);
}

/** Whether the value cannot be meant for the schema, nor is nothing in it. */
function isForeign(node: ConfigNode, schema: v.GenericSchema): boolean {
  return node.kind !== 'null' && !isEmpty(node, shapeOf(schema)) && !isMeant(node, schema);
}

/** Whether the value is a list or object without content that the schema accepts. */
function isEmpty(node: ConfigNode, shape: Shape): boolean {
  if (node.kind === 'object') return node.members.length === 0 && isObjectShape(shape);
  const takesLists = shape.kind === 'list' || (shape.kind === 'object' && shape.orListOf !== null);
  return node.kind === 'list' && node.items.length === 0 && takesLists;
}

const booleanWord = /^\s*(?:true|false|yes|no|on|off|y|n|t|f|[01])\s*$/i;

function textOf(node: ConfigNode): string {
  if (node.kind === 'number') return node.literal;
  return node.kind === 'string' ? node.value : '';
}

function isNumberText(node: ConfigNode): boolean {
  if (node.kind !== 'string') return false;
  return meantNumber(node.value, 'seconds') !== null || Number.isFinite(Number.parseFloat(node.value));
}

function isObjectShape({ kind }: Shape): boolean {
  return kind === 'object' || kind === 'map';
}

/** Whether an object, or an object of a list, has a key of the schema. A list in place of one object counts too. */
function hasKnownKey(node: ConfigNode, shape: Shape): boolean {
  const keys = shape.kind === 'list' ? shapeOf(shape.item) : shape;
  const objects = node.kind === 'list' ? node.items : [node];
  return objects.some((object) => object.kind === 'object' && knownMembers(object, keys).length > 0);
}

/**
 * Returns the selectors that upstream lacks in resources whose `devices` have entries and whose selectors have none
 * that upstream knows. Upstream finds these selectors empty.
 */
function selectorsBesideDevices(root: ConfigNode, schema: v.GenericSchema): readonly ConfigMember[] {
  const top = knownMembers(root, shapeOf(schema));
  const resources = top.filter(({ member }) => foldedKey(member.key) === 'configlist');
  return resources.flatMap(({ member: { value: list }, schema: of }) =>
    (list.kind === 'list' ? list.items : []).flatMap((resource) => {
      const shape = shapeOf(of);
      const members = shape.kind === 'list' ? knownMembers(resource, shapeOf(shape.item)) : [];
      const hasDevices = members.some(({ member }) => isSet(member, 'devices'));
      const selectors = members.filter(({ member }) => foldedKey(member.key) === 'selectors');
      const fields = selectors.flatMap((known) => knownMembers(known.member.value, shapeOf(known.schema)));
      const added = fields.filter((known) => metadataOf(known.schema).upstream === false);
      const isUpstreams = fields.some((field) => !added.includes(field) && hasEntries(field.member.value));
      return hasDevices && !isUpstreams ? added.map(({ member }) => member) : [];
    }),
  );
}

function isSet({ key, value }: ConfigMember, name: string): boolean {
  return foldedKey(key) === name && hasEntries(value);
}

function hasEntries(value: ConfigNode): boolean {
  return value.kind === 'string' || (value.kind === 'list' && value.items.length > 0);
}
