// SPDX-License-Identifier: Apache-2.0
// The one declaration of each key of the settings: type, words, range, default and meaning. The tables of the
// documentation and the JSON Schema are generated from it.
import * as v from 'valibot';
import type { NodeEntryDocument, NodeMatchDocument, SettingsDocument } from '#domain/settings/document.ts';
import { maxTimerSeconds, settingsDefaults } from '#domain/settings/settings.ts';
import { type KeysOf, addedKey, key, strings, wholeNumber } from './key.ts';
import { resourceSchema } from './resource-schema.ts';

/** A longer interval is a warning. */
const interval = wholeNumber({ minimum: 0 });
const intervalMetadata = {
  maximum: maxTimerSeconds,
  unit: 'seconds' as const,
  remedy: 'Set it to 0 to turn the periodic scan off, or to the number of seconds between two scans.',
};

const matchSchema = v.object({
  names: key(strings, 'Names of nodes, such as `gpu-17`; one match is enough. May be patterns, such as `gpu-*`.'),
  labels: key(
    v.record(v.string(), v.string()),
    'Labels of the node with their values; all must match. Values may be patterns, such as `*` for any value.',
  ),
} satisfies KeysOf<NodeMatchDocument>);

const nodeEntryKeys = v.object({
  match: key(matchSchema, 'Which nodes the entry is for: those that match every key that is set here. Required.'),
  periodicUpdateInterval: key(interval, 'Replaces the value at the top level.', intervalMetadata),
  setLinksUp: key(v.boolean(), 'Replaces the value at the top level.'),
  configList: key(
    v.array(resourceSchema),
    'Resources with the keys above. Each replaces, as a whole, the resource with the same full name, or is added.',
  ),
  remove: key(strings, 'Resources to remove from these nodes: full names, such as `rdma/hca_a`. May be patterns.'),
} satisfies KeysOf<NodeEntryDocument>);

const nodeEntrySchema = v.pipe(nodeEntryKeys, v.metadata({ required: ['match'] }));

const settingsKeys = v.object({
  $schema: addedKey(v.string(), 'The URL of the JSON Schema of this document, for editors. Has no effect.'),
  periodicUpdateInterval: key(
    interval,
    'Seconds between two scans of the host for HCAs; `0` turns the periodic scan off.',
    { default: settingsDefaults.node.periodicUpdateInterval, clearedByNull: true, ...intervalMetadata },
  ),
  setLinksUp: addedKey(v.boolean(), 'Bring the network interfaces of the selected HCAs up, as upstream always does.', {
    default: settingsDefaults.node.setLinksUp,
  }),
  configList: key(v.array(resourceSchema), 'The resources. At least one is required, here or in an entry of `nodes`.'),
  nodes: addedKey(
    v.array(nodeEntrySchema),
    'Settings that differ on some nodes. All entries that match a node apply, in order.',
  ),
} satisfies KeysOf<SettingsDocument>);

export const settingsSchema = v.pipe(
  settingsKeys,
  v.metadata({ anyOf: [{ required: ['configList'] }, { required: ['nodes'] }] }),
);
