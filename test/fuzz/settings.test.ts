// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { ConfigReading } from '#ports/config-source.ts';
import { readSettings } from '../adapters/settings/read-settings.ts';
import { fuzz } from './runs.ts';

const strings = fc.array(fc.oneof(fc.constantFrom('15b3', '1017', 'ib0', 'ether', 'ethernet', ''), fc.string()), {
  maxLength: 3,
});
const anyJson = fc.jsonValue({ maxDepth: 2 });
/** Usually the likely value, but any JSON value in one case of 20. */
const orAnyJson = <T>(likely: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 19, arbitrary: likely }, { weight: 1, arbitrary: anyJson });

/** The base, and in one case of four also the extension. */
function sometimesExtended(base: fc.Arbitrary<object>, extension: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return fc
    .tuple(base, fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: extension }))
    .map(([a, b]) => ({ ...a, ...b }));
}

const patterns = fc.array(
  fc.oneof(fc.constantFrom('mlx5_*', 'ib[0-3]', '0000:3b:*', '[', '[z-a]', '**?', '!x', ''), fc.string()),
  { maxLength: 3 },
);
const upstreamSelector = fc.record(
  {
    vendors: orAnyJson(strings),
    deviceIDs: orAnyJson(strings),
    drivers: orAnyJson(strings),
    ifNames: orAnyJson(strings),
    linkTypes: orAnyJson(strings),
  },
  { requiredKeys: [] },
);
const ourSelector = fc.record(
  {
    ...{ ifNames: orAnyJson(patterns), rdmaDevices: orAnyJson(patterns), pciAddresses: orAnyJson(patterns) },
    numaNodes: orAnyJson(fc.array(fc.oneof(fc.constantFrom(0, 1, '0', 'unknown'), fc.integer()), { maxLength: 2 })),
    functionKinds: orAnyJson(fc.array(fc.constantFrom('pf', 'vf', 'sf'), { maxLength: 2 })),
  },
  { requiredKeys: [] },
);
const selector = sometimesExtended(upstreamSelector, ourSelector);
const selectors = fc.oneof(
  { weight: 5, arbitrary: selector },
  { weight: 1, arbitrary: fc.array(orAnyJson(selector), { maxLength: 3 }) },
);
const health = fc.record(
  {
    linkDown: orAnyJson(fc.constantFrom('ignore', 'unhealthy', 'down')),
    holdDownSeconds: orAnyJson(fc.integer({ min: -5, max: 100 })),
    forgetAfterSeconds: orAnyJson(fc.integer({ min: -5, max: 3_000_000 })),
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
  { required: orAnyJson(nodeKinds), optional: orAnyJson(nodeKinds), extra: orAnyJson(nodePaths) },
  { requiredKeys: [] },
);
const ourKeys = fc.record(
  {
    allocationPolicy: orAnyJson(fc.constantFrom('spread', 'pack', 'both')),
    topology: orAnyJson(fc.boolean()),
    env: orAnyJson(fc.boolean()),
    maxSharesPerContainer: orAnyJson(fc.oneof(fc.constant(null), fc.integer({ min: -2, max: 9 }))),
    exclude: orAnyJson(selectors),
    deviceNodes: orAnyJson(deviceNodes),
  },
  { requiredKeys: [] },
);
const commonKeys = fc.record(
  {
    resourceName: orAnyJson(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'hca_shared') },
        { weight: 1, arbitrary: fc.string() },
      ),
    ),
    resourcePrefix: orAnyJson(fc.constantFrom('rdma', 'nvidia.com', 'example.com', '', 'RDMA')),
    rdmaHcaMax: orAnyJson(fc.oneof({ weight: 4, arbitrary: fc.nat(1000) }, { weight: 1, arbitrary: fc.integer() })),
    sharing: orAnyJson(fc.constantFrom('pool', 'pool', 'pool', 'device')),
    devices: orAnyJson(fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: strings })),
    selectors: orAnyJson(selectors),
    health: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: orAnyJson(health) }),
  },
  { requiredKeys: ['resourceName', 'selectors'] },
);
const resource = sometimesExtended(commonKeys, ourKeys);
const nodeEntry = fc.record(
  {
    match: orAnyJson(
      fc.record(
        {
          names: orAnyJson(strings),
          labels: orAnyJson(
            fc.dictionary(
              fc.oneof(fc.constantFrom('gpu', 'x.org/zone', 'constructor'), fc.string()),
              orAnyJson(fc.string()),
            ),
          ),
        },
        { requiredKeys: [] },
      ),
    ),
    setLinksUp: orAnyJson(fc.boolean()),
    configList: orAnyJson(fc.array(orAnyJson(resource), { maxLength: 2 })),
    remove: orAnyJson(fc.array(fc.constantFrom('rdma/a', 'rdma/*', ''), { maxLength: 2 })),
  },
  { requiredKeys: ['match'] },
);
const settings = fc.record(
  {
    nodes: fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: orAnyJson(fc.array(orAnyJson(nodeEntry), { maxLength: 2 })) },
    ),
    periodicUpdateInterval: orAnyJson(fc.oneof(fc.nat(1000), fc.integer())),
    setLinksUp: orAnyJson(fc.boolean()),
    configList: orAnyJson(fc.array(orAnyJson(resource), { maxLength: 4 })),
  },
  { requiredKeys: ['configList'] },
);

const documents = settings.map((value) => JSON.stringify(value, null, 2));
/** Documents that are known to break parsers. */
const knownPitfalls = fc.oneof(
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
    const offset = at % (text.length + 1);
    return `${text.slice(0, offset)}${insert}${text.slice(offset + cut)}`;
  });
const anyContent = fc.oneof(
  { weight: 4, arbitrary: documents },
  { weight: 6, arbitrary: mutated },
  fc.json(),
  fc.string(),
  knownPitfalls,
);
const anyName = fc.constantFrom('config.json', 'config.yaml', 'config');

function expectSettingsOrProblems(reading: ConfigReading): void {
  const reported = [...reading.warnings, ...(reading.valid ? [] : reading.problems)];
  expect(reading.valid || reading.problems.length > 0).toBe(true);
  for (const { code, subject, message, remedy } of reported) {
    expect(code).toMatch(/^CONFIG_[A-Z0-9_]+$/);
    expect(subject).not.toBe('');
    expect(message).toMatch(/^[^\n\r]+\.$/);
    expect(message.length).toBeLessThan(2_000);
    expect(`${subject} ${message} ${remedy}`).not.toMatch(/\bundefined\b|\[object |\bNaN\b/);
    expect(remedy).toMatch(/^[^\n\r]+\.$/);
  }
  expect(reading.valid ? notFrozen(reading.settings) : []).toEqual([]);
}

/** Returns the objects in a value that are not frozen. */
function notFrozen(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.values(value).flatMap(notFrozen);
  return Object.isFrozen(value) ? inside : [value, ...inside];
}

describe('random settings documents', () => {
  it(
    'give frozen settings or well-formed problems',
    async () => {
      const check = fc.asyncProperty(anyName, anyContent, async (name, text) => {
        expectSettingsOrProblems(await readSettings(text, name));
      });
      await fc.assert(check, { numRuns: fuzz.runs, seed: fuzz.seed });
    },
    fuzz.limitMs,
  );

  it(
    'of arbitrary bytes give frozen settings or well-formed problems',
    async () => {
      const check = fc.asyncProperty(anyName, fc.uint8Array({ maxLength: 200 }), async (name, bytes) => {
        expectSettingsOrProblems(await readSettings(bytes, name));
      });
      await fc.assert(check, { numRuns: Math.ceil(fuzz.runs / 10), seed: fuzz.seed });
    },
    fuzz.limitMs,
  );

  it(
    'give the same result when they are read twice',
    async () => {
      const check = fc.asyncProperty(documents, async (text) => {
        expect(await readSettings(text)).toEqual(await readSettings(text));
      });
      await fc.assert(check, { numRuns: Math.ceil(fuzz.runs / 20), seed: fuzz.seed });
    },
    fuzz.limitMs,
  );

  it(
    'in JSON are valid as YAML exactly if they are valid as JSON',
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

  it('are valid in some cases, so that these tests also cover valid settings', async () => {
    const readings = await Promise.all(
      fc.sample(documents, { numRuns: 500, seed: 11 }).map(async (text) => readSettings(text)),
    );
    expect(readings.filter(({ valid }) => valid).length).toBeGreaterThan(10);
  });
});
