// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { deviceNodeKinds } from '#domain/hca/hca.ts';
import { largestPoolThatFits } from '#domain/kubelet-limits/list-size.ts';
import type { DeviceNodesDocument, ResourceDocument, Written } from '#domain/settings/document.ts';
import {
  type HealthSettings,
  extraPatternLimit,
  maxTimerSeconds,
  settingsDefaults,
} from '#domain/settings/settings.ts';
import { type KeysOf, addedKey, key, oneOrMore, strings, wholeNumber } from './key.ts';
import { selectorsSchema } from './selectors-schema.ts';

const { health, deviceNodes, resource, resourcePrefix } = settingsDefaults;

const seconds = wholeNumber({ minimum: 0, maximum: maxTimerSeconds });

const healthSchema = v.object({
  linkDown: key(
    v.picklist(['ignore', 'unhealthy']),
    'What happens to shares whose HCAs have no active port: `ignore` keeps them healthy, ' +
      '`unhealthy` makes them unhealthy.',
    {
      default: health.linkDown,
      remedy: 'Write "unhealthy" to withhold the shares of an HCA without an active port, or remove the key.',
    },
  ),
  holdDownSeconds: key(
    seconds,
    'Seconds that a link must stay up after it was down before its shares are healthy again.',
    { default: health.holdDownSeconds, unit: 'seconds' },
  ),
  forgetAfterSeconds: key(
    seconds,
    'Seconds for which a share that is no longer part of the plan stays in the list as unhealthy, and an HCA that is ' +
      'gone or has changed is reported.',
    { default: health.forgetAfterSeconds, unit: 'seconds' },
  ),
} satisfies KeysOf<Written<HealthSettings>>);

const nodeKinds = v.array(
  v.pipe(
    v.picklist(deviceNodeKinds),
    v.metadata({ remedy: 'Write one of these kinds; name other device nodes by their paths, in deviceNodes.extra.' }),
  ),
);

const deviceNodesSchema = v.object({
  required: key(
    nodeKinds,
    'Kinds of device nodes that an HCA must have to be offered: `uverbs`, `umad`, `issm`, `rdma_cm`, `ucm`. ' +
      '`["uverbs", "umad", "rdma_cm"]` is upstream\'s rule.',
    { default: [...deviceNodes.required], minItems: 1 },
  ),
  optional: key(
    nodeKinds,
    'Kinds of device nodes that containers get where the HCA has them. ' +
      '`["rdma_cm"]` withholds `umad` and `issm`, with which a pod can disturb the fabric.',
    { default: [...deviceNodes.optional] },
  ),
  extra: key(
    v.array(v.pipe(v.string(), v.metadata({ pattern: '^/dev/' }))),
    'Other device nodes that containers get where they exist: paths, such as `/dev/gdrdrv`. ' +
      'May be patterns, such as `/dev/hfi1_*`. A node with the name of an RDMA device comes with that HCA only.',
    { default: [...deviceNodes.extra], maxItems: extraPatternLimit },
  ),
} satisfies KeysOf<DeviceNodesDocument>);

const resourceKeys = v.object({
  resourceName: key(
    v.string(),
    'Name of the resource: pods request `<resourcePrefix>/<resourceName>`. ' +
      'Required, unless `resourceNameTemplate` is set.',
  ),
  resourceNameTemplate: addedKey(
    v.string(),
    'Used instead of `resourceName`: creates one resource for each name that the HCAs produce with `{rdmaDevice}`, ' +
      '`{pciAddress}`, `{numaNode}` or `{rail}`, such as `hca_{rdmaDevice}`.',
  ),
  resourcePrefix: key(v.string(), 'The part of the name before the slash: a lower-case DNS name.', {
    default: resourcePrefix,
  }),
  rdmaHcaMax: key(
    wholeNumber({ minimum: 0 }),
    'Number of shares of the resource, or of each of its HCAs with `sharing: device`: ' +
      'how many pods can use it at the same time.',
    {
      default: resource.rdmaHcaMax,
      maximum: largestPoolThatFits(),
      remedy: 'Set it to the number of pods that may use the resource on one node at the same time.',
    },
  ),
  sharing: addedKey(
    v.picklist(['pool', 'device']),
    'What a share grants: `pool`, all HCAs of the resource; `device`, one HCA.',
    {
      default: resource.sharing,
      remedy: 'Write "device" for shares that grant one HCA each, or remove the key for shares that grant all HCAs.',
    },
  ),
  topology: addedKey(
    v.boolean(),
    'With `sharing: device`, report the NUMA node of each share to the topology manager.',
    { default: resource.topology },
  ),
  allocationPolicy: addedKey(
    v.picklist(['spread', 'pack']),
    "With `sharing: device`, which HCA a pod's shares come from: `spread` prefers the least-used HCA, " +
      '`pack` the most-used one with free shares.',
    {
      default: resource.allocationPolicy,
      remedy: 'Write "pack" to fill one HCA before the next, or remove the key to use all HCAs evenly.',
    },
  ),
  env: addedKey(
    v.boolean(),
    'Set `NCCL_IB_HCA`, `UCX_NET_DEVICES` and a variable of the resource in containers to the HCAs that they get.',
    { default: resource.env },
  ),
  maxSharesPerContainer: addedKey(
    wholeNumber({ minimum: 1 }),
    'How many shares one container may request; a pod that requests more fails. No limit by default.',
    { remedy: 'Set it to the number of shares that one container may request, or remove the key for no limit.' },
  ),
  devices: key(strings, 'Deprecated form of `selectors.ifNames`; used instead of `selectors`. May be patterns.', {
    deprecated: true,
  }),
  selectors: key(
    oneOrMore(selectorsSchema),
    'Which HCAs the resource selects: an HCA must match every key that is set, each by at least one entry. ' +
      'In a list of objects (not in upstream), one matching object is enough. ' +
      'At least one entry is required, unless `devices` is set. ' +
      'Entries match exactly; patterns, where allowed, have `*`, `?`, `[0-9]` and `[!0-9]`.',
  ),
  exclude: addedKey(
    oneOrMore(selectorsSchema),
    'Which of the selected HCAs the resource leaves out: those that match, by the same rules.',
  ),
  health: addedKey(healthSchema, 'When a share is healthy.'),
  deviceNodes: addedKey(deviceNodesSchema, 'Which device nodes an HCA must have, and which ones containers get.'),
} satisfies KeysOf<ResourceDocument>);

export const resourceSchema = v.pipe(
  resourceKeys,
  v.metadata({ anyOf: [{ required: ['resourceName'] }, { required: ['resourceNameTemplate'] }] }),
);
