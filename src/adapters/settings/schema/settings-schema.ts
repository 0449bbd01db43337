// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import { extraPatternLimit } from '#domain/settings/validate-device-nodes.ts';
import { deviceNodeKinds } from '#domain/hca/hca.ts';
import { largestPoolThatFits } from '#domain/kubelet-limits/list-size.ts';
import { longestUpdateInterval, settingsDefaults } from '#domain/settings/document.ts';

// The one place where each key of the settings stands: its type, default, meaning, and whether upstream has it. A key that
// must be there is optional here, since what is missing is judged in the domain; metadata goes into the JSON Schema as it is.

const strings = v.array(v.string());

const integers = v.array(v.pipe(v.number(), v.integer()));

const selectorsSchema = v.object({
  vendors: v.exactOptional(
    v.pipe(strings, v.metadata({ description: 'PCI vendor ids: four lower-case hexadecimal digits, such as `15b3`.' })),
  ),
  deviceIDs: v.exactOptional(
    v.pipe(strings, v.metadata({ description: 'PCI device ids: four lower-case hexadecimal digits, such as `1017`.' })),
  ),
  drivers: v.exactOptional(
    v.pipe(
      strings,
      v.metadata({
        description:
          'Drivers of the HCA, that of its PCI function or the RDMA module, such as `mlx5_core` or `mlx5_ib`, or patterns.',
      }),
    ),
  ),
  ifNames: v.exactOptional(
    v.pipe(
      strings,
      v.metadata({
        description:
          'Network interfaces of the HCA, such as `ib0`, or patterns, such as `ens*f0`; any one of them counts.',
      }),
    ),
  ),
  linkTypes: v.exactOptional(
    v.pipe(strings, v.metadata({ description: 'Link types of its network interfaces: `ether` or `infiniband`.' })),
  ),
  rdmaDevices: v.exactOptional(
    v.pipe(
      strings,
      v.metadata({
        description: 'RDMA devices, such as `mlx5_0`, or patterns, such as `mlx5_[0-3]`. Not in upstream.',
      }),
    ),
  ),
  pciAddresses: v.exactOptional(
    v.pipe(
      strings,
      v.metadata({
        description: 'PCI addresses, such as `0000:3b:00.0`, or patterns, such as `0000:3b:*`. Not in upstream.',
      }),
    ),
  ),
  numaNodes: v.exactOptional(
    v.pipe(integers, v.metadata({ description: 'NUMA nodes on which the HCA is, such as `0`. Not in upstream.' })),
  ),
  functionKinds: v.exactOptional(
    v.pipe(
      strings,
      v.metadata({ description: 'Kinds of its PCI function: `pf`, physical, or `vf`, virtual. Not in upstream.' }),
    ),
  ),
});

/** Written alone, as in upstream, or several in a list. The list stands first, since a list is an object as well. */
const oneOrMoreSelectors = v.union([v.array(selectorsSchema), selectorsSchema]);

const healthSchema = v.object({
  linkDown: v.exactOptional(
    v.pipe(
      v.string(),
      v.metadata({
        description: 'What becomes of shares none of whose ports is up: `ignore` or `unhealthy`.',
        default: settingsDefaults.health.linkDown,
        enum: ['ignore', 'unhealthy'],
      }),
    ),
  ),
  holdDownSeconds: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.metadata({
        description: 'Seconds for which a link that was down has to be up before its shares are healthy again.',
        default: settingsDefaults.health.holdDownSeconds,
        minimum: 0,
        maximum: longestUpdateInterval,
      }),
    ),
  ),
  forgetAfterSeconds: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.metadata({
        description: 'Seconds after which a share that is no longer made leaves the list; until then it is unhealthy.',
        default: settingsDefaults.health.forgetAfterSeconds,
        minimum: 0,
        maximum: longestUpdateInterval,
      }),
    ),
  ),
});

const nodeKinds = v.array(v.pipe(v.string(), v.metadata({ enum: [...deviceNodeKinds] })));

const deviceNodesSchema = v.object({
  required: v.exactOptional(
    v.pipe(
      nodeKinds,
      v.metadata({
        description:
          'Kinds of nodes without which an HCA is not given: `uverbs`, `umad`, `issm`, `rdma_cm`, `ucm`. With `["uverbs", "umad", "rdma_cm"]` the rule is upstream\'s.',
        default: [...settingsDefaults.deviceNodes.required],
        minItems: 1,
      }),
    ),
  ),
  optional: v.exactOptional(
    v.pipe(
      nodeKinds,
      v.metadata({
        description:
          'Kinds of nodes that containers get where the HCA has them. `["rdma_cm"]` keeps `umad` and `issm`, by which a pod can disturb the fabric, away from it.',
        default: [...settingsDefaults.deviceNodes.optional],
      }),
    ),
  ),
  extra: v.exactOptional(
    v.pipe(
      v.array(v.pipe(v.string(), v.metadata({ pattern: '^/dev/' }))),
      v.metadata({
        description:
          'Other nodes that containers get where they exist: paths such as `/dev/gdrdrv`, or patterns such as `/dev/hfi1_*`. A node named as an RDMA device comes with that HCA only.',
        default: [...settingsDefaults.deviceNodes.extra],
        maxItems: extraPatternLimit,
      }),
    ),
  ),
});

const resourceKeys = v.object({
  resourceName: v.exactOptional(
    v.pipe(
      v.string(),
      v.metadata({
        description:
          'Name of the resource: pods ask for `<resourcePrefix>/<resourceName>`. Required, unless `resourceNameTemplate` is used.',
      }),
    ),
  ),
  resourceNameTemplate: v.exactOptional(
    v.pipe(
      v.string(),
      v.metadata({
        description:
          'Instead of `resourceName`: one resource for each name that the HCAs make of it, with `{rdmaDevice}`, `{pciAddress}`, `{numaNode}` or `{rail}`, ' +
          'such as `hca_{rdmaDevice}`. Not in upstream.',
      }),
    ),
  ),
  resourcePrefix: v.exactOptional(
    v.pipe(
      v.string(),
      v.metadata({
        description: 'What stands before the slash: a DNS name in lower case.',
        default: settingsDefaults.resourcePrefix,
      }),
    ),
  ),
  rdmaHcaMax: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.metadata({
        description:
          'Shares of the resource, or of each of its HCAs with `sharing: device`: how many pods may use it at the same time.',
        default: settingsDefaults.rdmaHcaMax,
        minimum: 0,
        maximum: largestPoolThatFits(),
      }),
    ),
  ),
  sharing: v.exactOptional(
    v.pipe(
      v.string(),
      v.metadata({
        description: 'What a share grants: `pool`, all HCAs of the resource; `device`, one of them. Not in upstream.',
        default: settingsDefaults.sharing,
        enum: ['pool', 'device'],
      }),
    ),
  ),
  topology: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.metadata({
        description:
          'Tell the kubelet the NUMA node of each share by device, for its topology manager. Not in upstream.',
        default: settingsDefaults.topology,
      }),
    ),
  ),
  allocationPolicy: v.exactOptional(
    v.pipe(
      v.string(),
      v.metadata({
        description:
          'Whose shares by device a pod gets: `spread`, of the HCA of which the fewest are taken; `pack`, of that of which the most are. Not in upstream.',
        default: settingsDefaults.allocationPolicy,
        enum: ['spread', 'pack'],
      }),
    ),
  ),
  env: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.metadata({
        description:
          'Tell containers their HCAs in `NCCL_IB_HCA`, `UCX_NET_DEVICES` and a variable of the resource. Not in upstream.',
        default: settingsDefaults.env,
      }),
    ),
  ),
  maxSharesPerContainer: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.metadata({
        description:
          'How many shares one container may ask for; a pod that asks for more fails. No limit by default. Not in upstream.',
        minimum: 1,
      }),
    ),
  ),
  devices: v.exactOptional(
    v.pipe(
      strings,
      v.metadata({ description: 'Old form of `selectors.ifNames`; instead of `selectors`.', deprecated: true }),
    ),
  ),
  selectors: v.exactOptional(
    v.pipe(
      oneOrMoreSelectors,
      v.metadata({
        description:
          'Which HCAs the resource gets: all keys that are set must match, each by one of its entries; in a list (not in upstream), those of one of its objects. ' +
          'At least one entry, unless `devices` is used. Entries are compared exactly, but for patterns of `*`, `?`, `[0-9]` and `[!0-9]` where they may stand.',
      }),
    ),
  ),
  exclude: v.exactOptional(
    v.pipe(
      oneOrMoreSelectors,
      v.metadata({
        description:
          'Which of them it does not get: those that match all keys that are set here, in the same way. Not in upstream.',
      }),
    ),
  ),
  health: v.exactOptional(
    v.pipe(healthSchema, v.metadata({ description: 'When a share counts as healthy. Not in upstream.' })),
  ),
  deviceNodes: v.exactOptional(
    v.pipe(
      deviceNodesSchema,
      v.metadata({ description: 'Which device nodes an HCA must have, and which containers get. Not in upstream.' }),
    ),
  ),
});

const resourceSchema = v.pipe(
  resourceKeys,
  v.metadata({ anyOf: [{ required: ['resourceName'] }, { required: ['resourceNameTemplate'] }] }),
);

const matchSchema = v.object({
  names: v.exactOptional(
    v.pipe(
      strings,
      v.metadata({
        description: 'Names of nodes, such as `gpu-17`, or patterns, such as `gpu-*`; any one of them counts.',
      }),
    ),
  ),
  labels: v.exactOptional(
    v.pipe(
      v.record(v.string(), v.string()),
      v.metadata({
        description: 'Labels of the node, each with its value or a pattern, such as `*` for any; all of them count.',
      }),
    ),
  ),
});

const nodeEntryKeys = v.object({
  match: v.exactOptional(
    v.pipe(
      matchSchema,
      v.metadata({
        description: 'Which nodes the entry is for: those that match all keys that are set here. Required.',
      }),
    ),
  ),
  periodicUpdateInterval: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.metadata({
        description: 'What is in force there instead of the value at the top.',
        minimum: 0,
        maximum: longestUpdateInterval,
      }),
    ),
  ),
  setLinksUp: v.exactOptional(
    v.pipe(v.boolean(), v.metadata({ description: 'What is in force there instead of the value at the top.' })),
  ),
  configList: v.exactOptional(
    v.pipe(
      v.array(resourceSchema),
      v.metadata({
        description:
          'Resources with the keys above; each takes the place of the one with the same full name, whole, or is added.',
      }),
    ),
  ),
  remove: v.exactOptional(
    v.pipe(
      strings,
      v.metadata({
        description: 'Resources that these nodes do not have: full names, such as `rdma/hca_a`, or patterns.',
      }),
    ),
  ),
});

const nodeEntrySchema = v.pipe(nodeEntryKeys, v.metadata({ required: ['match'] }));

const settingsKeys = v.object({
  periodicUpdateInterval: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.metadata({
        description: 'Seconds between two scans of the host for HCAs; `0` turns the periodic scan off.',
        default: settingsDefaults.periodicUpdateInterval,
        minimum: 0,
        maximum: longestUpdateInterval,
      }),
    ),
  ),
  setLinksUp: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.metadata({
        description: 'Set the network interfaces of the chosen HCAs up, as upstream always does. Not in upstream.',
        default: settingsDefaults.setLinksUp,
      }),
    ),
  ),
  configList: v.exactOptional(
    v.pipe(
      v.array(resourceSchema),
      v.metadata({ description: 'The resources, at least one here or in an entry of `nodes`. Required.' }),
    ),
  ),
  nodes: v.exactOptional(
    v.pipe(
      v.array(nodeEntrySchema),
      v.metadata({
        description:
          'What is different on some nodes: all entries that match a node apply, in their order. Not in upstream.',
      }),
    ),
  ),
});

export const settingsSchema = v.pipe(
  settingsKeys,
  v.metadata({ anyOf: [{ required: ['configList'] }, { required: ['nodes'] }] }),
);
