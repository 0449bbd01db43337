// SPDX-License-Identifier: Apache-2.0
// The JSON that each command prints. Within a major version, keys are added but never changed or removed. The files in
// docs/output are generated from these, and tests hold every output against them.
import * as v from 'valibot';

const text = v.string();
const texts = v.array(v.string());
const optionalText = v.nullable(v.string());
const count = v.number();
const optionalNumber = v.nullable(v.number());

const problem = v.strictObject({
  code: v.pipe(text, v.description('Stable; docs/troubleshooting.md lists the codes.')),
  actor: v.pipe(v.picklist(['operator', 'node', 'kubelet', 'us']), v.description('Who must act.')),
  subject: text,
  message: text,
  remedy: text,
});

const rejected = v.strictObject({ name: text, problems: v.array(problem) });
const shares = v.strictObject({ all: count, healthy: count });

const discover = v.strictObject({
  hcas: v.array(
    v.strictObject({
      name: text,
      pciAddress: optionalText,
      vendor: optionalText,
      deviceId: optionalText,
      driver: optionalText,
      rdmaDriver: optionalText,
      functionKind: v.nullable(v.picklist(['pf', 'vf'])),
      subfunction: optionalNumber,
      managementOnly: v.boolean(),
      numaNode: optionalNumber,
      nodeGuid: optionalText,
      ports: v.array(v.strictObject({ number: count, state: optionalText, linkLayer: optionalText, netdevs: texts })),
      deviceNodes: v.array(v.strictObject({ kind: text, path: text })),
      discovery: v.pipe(optionalText, v.description('The discovery module that found it; null for the built-in one.')),
    }),
  ),
  netnsMode: v.nullable(v.picklist(['shared', 'exclusive'])),
  idleFunctions: v.array(
    v.strictObject({
      pciAddress: text,
      vendor: optionalText,
      deviceId: optionalText,
      cause: v.picklist(['no-driver', 'module-not-loaded', 'not-registered']),
      driver: optionalText,
      rdmaModule: optionalText,
      numaNode: optionalNumber,
      netdevs: texts,
    }),
  ),
  problems: v.array(problem),
});

const contents = v.pipe(
  v.strictObject({
    hcas: texts,
    deviceNodes: v.array(v.strictObject({ path: text, permissions: v.picklist(['rwm', 'rw']) })),
    cdiDevices: texts,
    environment: v.record(text, text),
  }),
  v.description('What one share gives a container.'),
);

const statusHcaEntries = {
  name: text,
  pciAddress: optionalText,
  numaNode: optionalNumber,
  ports: v.array(v.strictObject({ number: count, state: optionalText, linkLayer: optionalText })),
  netdevs: texts,
  discovery: optionalText,
  shares: v.pipe(v.nullable(shares), v.description('Null for a pool, whose shares stand for all its HCAs.')),
  problem: optionalText,
  remedy: optionalText,
};
const explainedHca = v.strictObject({ ...statusHcaEntries, share: v.nullable(contents) });
const judgement = v.strictObject({ hca: text, reason: text });
const sharing = {
  sharing: v.picklist(['pool', 'device']),
  allocationPolicy: v.picklist(['spread', 'pack']),
  maxSharesPerContainer: optionalNumber,
};

const explainedEntries = {
  resource: text,
  shares,
  emptyReason: v.pipe(optionalText, v.description('Why no share is healthy; null if one is.')),
  remedy: optionalText,
  others: v.pipe(v.array(judgement), v.description('The HCAs of the node that it does not select.')),
};

const explain = v.union([
  v.strictObject({
    resources: v.array(
      v.strictObject({ ...explainedEntries, ...sharing, hcas: v.array(explainedHca), share: v.nullable(contents) }),
    ),
    rejected: v.array(rejected),
    unselected: texts,
    problems: v.array(problem),
  }),
  v.pipe(
    v.strictObject({
      hca: text,
      resources: v.array(v.strictObject({ resource: text, hca: v.nullable(explainedHca), reason: optionalText })),
    }),
    v.description('Of one HCA.'),
  ),
]);

const findings = v.strictObject({
  findings: v.array(
    v.strictObject({ area: text, grade: v.picklist(['good', 'warning', 'bad']), message: text, remedy: optionalText }),
  ),
});

const time = v.pipe(text, v.description('ISO 8601.'));

const status = v.strictObject({
  program: v.strictObject({ version: text, commit: text, pid: count, node: optionalText, startedAt: time }),
  ready: v.boolean(),
  missing: texts,
  settings: v.strictObject({
    generation: count,
    hash: optionalText,
    nodeEntries: texts,
    lastRead: v.nullable(v.strictObject({ at: time, valid: v.boolean(), problems: v.array(problem) })),
  }),
  resources: v.array(
    v.strictObject({
      ...explainedEntries,
      ...sharing,
      registration: v.picklist(['registered', 'not-registered', 'standby']),
      since: v.nullable(time),
      registrations: count,
      allocations: v.strictObject({ granted: count, refused: count }),
      hcas: v.array(v.strictObject(statusHcaEntries)),
    }),
  ),
  rejected: v.array(rejected),
  unselected: texts,
  problems: v.array(problem),
  changes: v.array(v.strictObject({ at: time, message: text })),
  holders: v.nullable(
    v.array(
      v.strictObject({
        namespace: text,
        pod: text,
        container: text,
        resource: text,
        shareIds: texts,
        hcas: texts,
        since: v.nullable(time),
        stale: texts,
      }),
    ),
  ),
});

const validate = v.array(
  v.strictObject({
    file: text,
    resources: count,
    errors: v.array(problem),
    warnings: v.array(problem),
    upstream: v.optional(texts),
    valid: v.boolean(),
  }),
);

const convert = v.strictObject({ settings: v.looseObject({ configList: v.array(v.looseObject({})) }), notes: texts });
const version = v.strictObject({ version: text, commit: text, date: text });

/** By the names of the commands. */
export const outputSchemas = {
  discover,
  explain,
  doctor: findings,
  status,
  check: findings,
  convert,
  validate,
  version,
} as const satisfies Readonly<Record<string, v.GenericSchema>>;
