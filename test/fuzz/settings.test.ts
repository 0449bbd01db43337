// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { ConfigReading } from '#ports/config-source.ts';
import { readSettings } from '../adapters/settings/read-settings.ts';
import { fuzz } from './runs.ts';

const strings = fc.array(fc.oneof(fc.constantFrom('15b3', '1017', 'ib0', 'ether', 'ethernet', ''), fc.string()), {
  maxLength: 3,
});
const loose = fc.jsonValue({ maxDepth: 2 });
const orLoose = <T>(likely: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 19, arbitrary: likely }, { weight: 1, arbitrary: loose });

/** The first, and in one case of four the second in addition. */
function orMore(one: fc.Arbitrary<object>, other: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return fc
    .tuple(one, fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: other }))
    .map(([a, b]) => ({ ...a, ...b }));
}

const patterns = fc.array(
  fc.oneof(fc.constantFrom('mlx5_*', 'ib[0-3]', '0000:3b:*', '[', '[z-a]', '**?', '!x', ''), fc.string()),
  { maxLength: 3 },
);
const upstreams = fc.record(
  {
    vendors: orLoose(strings),
    deviceIDs: orLoose(strings),
    drivers: orLoose(strings),
    ifNames: orLoose(strings),
    linkTypes: orLoose(strings),
  },
  { requiredKeys: [] },
);
const ours = fc.record(
  {
    ...{ ifNames: orLoose(patterns), rdmaDevices: orLoose(patterns), pciAddresses: orLoose(patterns) },
    numaNodes: orLoose(fc.array(fc.oneof(fc.constantFrom(0, 1, '0', 'unknown'), fc.integer()), { maxLength: 2 })),
    functionKinds: orLoose(fc.array(fc.constantFrom('pf', 'vf', 'sf'), { maxLength: 2 })),
  },
  { requiredKeys: [] },
);
const selector = orMore(upstreams, ours);
const selectors = fc.oneof(
  { weight: 5, arbitrary: selector },
  { weight: 1, arbitrary: fc.array(orLoose(selector), { maxLength: 3 }) },
);
const health = fc.record(
  {
    linkDown: orLoose(fc.constantFrom('ignore', 'unhealthy', 'down')),
    holdDownSeconds: orLoose(fc.integer({ min: -5, max: 100 })),
    forgetAfterSeconds: orLoose(fc.integer({ min: -5, max: 3_000_000 })),
  },
  { requiredKeys: [] },
);
const nodeKinds = fc.array(fc.constantFrom('uverbs', 'umad', 'issm', 'rdma_cm', 'ucm', 'uverbs0'), { maxLength: 3 });
const nodePaths = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        '/dev/hfi1_*',
        '/dev/gdrdrv',
        '/dev/*',
        '/dev/infiniband/uverbs0',
        '/dev/../etc/x',
        '/dev//x',
        '',
      ),
    },
    { weight: 1, arbitrary: fc.string() },
  ),
  { maxLength: 3 },
);
const deviceNodes = fc.record(
  { required: orLoose(nodeKinds), optional: orLoose(nodeKinds), extra: orLoose(nodePaths) },
  { requiredKeys: [] },
);
const ourKeys = fc.record(
  {
    allocationPolicy: orLoose(fc.constantFrom('spread', 'pack', 'both')),
    topology: orLoose(fc.boolean()),
    env: orLoose(fc.boolean()),
    maxSharesPerContainer: orLoose(fc.oneof(fc.constant(null), fc.integer({ min: -2, max: 9 }))),
    exclude: orLoose(selectors),
    deviceNodes: orLoose(deviceNodes),
  },
  { requiredKeys: [] },
);
const commonKeys = fc.record(
  {
    resourceName: orLoose(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'hca_shared') },
        { weight: 1, arbitrary: fc.string() },
      ),
    ),
    resourcePrefix: orLoose(fc.constantFrom('rdma', 'nvidia.com', 'example.com', '', 'RDMA')),
    rdmaHcaMax: orLoose(fc.oneof({ weight: 4, arbitrary: fc.nat(1000) }, { weight: 1, arbitrary: fc.integer() })),
    sharing: orLoose(fc.constantFrom('pool', 'pool', 'pool', 'device')),
    devices: orLoose(fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: strings })),
    selectors: orLoose(selectors),
    health: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: orLoose(health) }),
  },
  { requiredKeys: ['resourceName', 'selectors'] },
);
const resource = orMore(commonKeys, ourKeys);
const nodeEntry = fc.record(
  {
    match: orLoose(
      fc.record(
        {
          names: orLoose(strings),
          labels: orLoose(
            fc.dictionary(
              fc.oneof(fc.constantFrom('gpu', 'x.org/zone', 'constructor'), fc.string()),
              orLoose(fc.string()),
            ),
          ),
        },
        { requiredKeys: [] },
      ),
    ),
    setLinksUp: orLoose(fc.boolean()),
    configList: orLoose(fc.array(orLoose(resource), { maxLength: 2 })),
    remove: orLoose(fc.array(fc.constantFrom('rdma/a', 'rdma/*', ''), { maxLength: 2 })),
  },
  { requiredKeys: ['match'] },
);
const settings = fc.record(
  {
    nodes: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: orLoose(fc.array(orLoose(nodeEntry), { maxLength: 2 })) },
    ),
    periodicUpdateInterval: orLoose(fc.oneof(fc.nat(1000), fc.integer())),
    setLinksUp: orLoose(fc.boolean()),
    configList: orLoose(fc.array(orLoose(resource), { maxLength: 4 })),
  },
  { requiredKeys: ['configList'] },
);

const documents = settings.map((value) => JSON.stringify(value, null, 2));
/** Texts that parsers are known to fail on. */
const odd = fc.oneof(
  fc.nat(400).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`),
  fc.nat(400).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc
    .constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty')
    .map((key) => `{"${key}": {"configList": []}, "configList": []}`),
  fc.constantFrom(
    'a: &x [*x]',
    'a: &x 1\nb: *x',
    '<<: {configList: []}',
    '? a\n: b',
    '!!js/function x',
    '%YAML 9.9\n---\na: 1',
    '\uFEFF{}',
    '"\\ud800"',
    'configList: !!binary AAAA',
    '- '.repeat(300),
    'a: |\n  x\n y',
  ),
);
const mutated = fc
  .tuple(
    documents,
    fc.nat(),
    fc.nat(5),
    fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom('{', ']', '"', ',', '\n', ': ', '&a ', '*a', '- ', '1e9')),
  )
  .map(([text, at, cut, insert]) => {
    const place = at % (text.length + 1);
    return `${text.slice(0, place)}${insert}${text.slice(place + cut)}`;
  });
const anyContent = fc.oneof(
  { weight: 4, arbitrary: documents },
  { weight: 6, arbitrary: mutated },
  fc.json(),
  fc.string(),
  odd,
);
const anyName = fc.constantFrom('config.json', 'config.yaml', 'config');

function expectReading(reading: ConfigReading): void {
  const findings = [...reading.warnings, ...(reading.valid ? [] : reading.problems)];
  expect(reading.valid || reading.problems.length > 0).toBe(true);
  for (const { code, subject, message, remedy } of findings) {
    expect(code).toMatch(/^CONFIG_[A-Z0-9_]+$/);
    expect(subject).not.toBe('');
    expect(message).toMatch(/^[^\n\r]+\.$/);
    expect(message.length).toBeLessThan(2_000);
    expect(`${subject} ${message} ${remedy}`).not.toMatch(/\bundefined\b|\[object |\bNaN\b/);
    expect(remedy).toMatch(/^[^\n\r]+\.$/);
  }
  expect(reading.valid ? notFrozen(reading.settings) : []).toEqual([]);
}

function notFrozen(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(notFrozen);
  return Object.isFrozen(value) ? inside : [value, ...inside];
}

describe('readSettings, for any content', () => {
  it(
    'returns frozen settings or problems for a text',
    async () => {
      const check = fc.asyncProperty(anyName, anyContent, async (name, text) => {
        expectReading(await readSettings(text, name));
      });
      await fc.assert(check, { numRuns: fuzz.runs, seed: fuzz.seed });
    },
    fuzz.limitMs,
  );

  it(
    'returns frozen settings or problems for bytes',
    async () => {
      const check = fc.asyncProperty(anyName, fc.uint8Array({ maxLength: 200 }), async (name, bytes) => {
        expectReading(await readSettings(bytes, name));
      });
      await fc.assert(check, { numRuns: Math.ceil(fuzz.runs / 10), seed: fuzz.seed });
    },
    fuzz.limitMs,
  );

  it(
    'returns the same the second time',
    async () => {
      const check = fc.asyncProperty(documents, async (text) => {
        expect(await readSettings(text)).toEqual(await readSettings(text));
      });
      await fc.assert(check, { numRuns: Math.ceil(fuzz.runs / 20), seed: fuzz.seed });
    },
    fuzz.limitMs,
  );

  it(
    'reads JSON with the same result as YAML',
    async () => {
      const check = fc.asyncProperty(documents, async (text) => {
        const asJson = await readSettings(text, 'config');
        const asYaml = await readSettings(text, 'config.yaml');
        expect(asYaml.valid).toBe(asJson.valid);
      });
      await fc.assert(check, { numRuns: Math.ceil(fuzz.runs / 20), seed: fuzz.seed });
    },
    fuzz.limitMs,
  );

  it('accepts some of the generated documents', async () => {
    const readings = await Promise.all(
      fc.sample(documents, { numRuns: 500, seed: 11 }).map(async (text) => readSettings(text)),
    );
    expect(readings.filter(({ valid }) => valid).length).toBeGreaterThan(10);
  });
});
