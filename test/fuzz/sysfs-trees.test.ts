// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';
import { encodeList } from '#adapters/kubelet/serving/wire.ts';
import { HostRoot } from '#adapters/host/root.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { cdiSpecOf } from '#domain/grant/cdi-spec.ts';
import { granterOf } from '#domain/grant/grant.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { compareNaturally } from '#domain/text/natural-order.ts';
import { listSizeLimit } from '#domain/kubelet-limits/list-size.ts';
import { type Plan, emptyPlan, plan } from '#domain/offer/plan.ts';
import { aResource, aSelector, settingsOf } from '../support/hca-fixture.ts';
import { SysfsTree } from '../support/sysfs-tree.ts';
import { fuzz } from './runs.ts';

/** After so many harms the tree is little more than rubble, and is made anew. */
const harmsPerTree = 40;

const settings = settingsOf(
  aResource({ name: 'rdma/all', selectors: [aSelector()] }),
  aResource({
    name: 'rdma/each',
    selectors: [aSelector()],
    sharing: 'device',
    health: { linkDown: 'unhealthy', holdDownSeconds: 5, forgetAfterSeconds: 20 },
  }),
  aResource({ name: 'rdma/some', selectors: [aSelector({ vendors: ['15b3'], linkTypes: ['ether'] })] }),
);

const contents: readonly (string | Buffer)[] = [
  '',
  '\n',
  '0',
  '-1\n',
  '4: ACTIVE\n',
  '1: DOWN',
  'InfiniBand\n',
  'ether',
  '0x15b3\n',
  '../..',
  'mlx5_0\n',
  '99999999999999999999',
  'NaN',
  ' \t\0',
  '\u2028\u202e',
  'x'.repeat(4096),
  'x'.repeat(10_000),
  Buffer.from([0xff, 0xfe, 0, 0x80, 0x0a]),
];
const names = [
  '0',
  '1',
  '9999',
  '-1',
  '01',
  'mlx5_0',
  'mlx5_00',
  'uverbs0',
  'umad1',
  'a b',
  'ä',
  '\u202e',
  '__proto__',
  'constructor',
  'x'.repeat(200),
  '..data',
  'eth0',
  'ports',
  'net',
];

/** A host's tree that is harmed step by step. Each step is told, so that a failure can be understood. */
class HarmedTree {
  private tree = new SysfsTree();
  readonly told: string[] = [];
  private paths: readonly string[] = [];

  constructor(private readonly random: () => number) {
    this.renew();
  }

  get root(): string {
    return this.tree.root;
  }

  harm(): void {
    if (this.told.length >= harmsPerTree) this.renew();
    const path = this.one(this.paths);
    const [name, harm] = this.one(this.harms);
    this.told.push(`${name} ${path}`);
    try {
      harm(join(this.root, path));
    } catch {
      // What a harm before it took away cannot be harmed again.
    }
    if (!existsSync(join(this.root, 'sys/class'))) this.renew();
  }

  destroy(): void {
    this.tree.destroy();
  }

  private renew(): void {
    this.tree.destroy();
    this.tree = new SysfsTree();
    this.told.length = 0;
    this.tree.addHca({ name: 'mlx5_0', netdevs: [{ name: 'eth0' }], ports: [{ number: 1 }, { number: 2 }] });
    this.tree.addHca({ name: 'rxe0', number: 1, device: null, softParent: 'eth0', kinds: ['uverbs'] });
    // With the kinds of the entries: without them links are followed, round and round.
    const entries = readdirSync(this.root, { recursive: true, withFileTypes: true });
    this.paths = entries
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)))
      .filter((path) => path.includes('/'));
  }

  private readonly harms: readonly (readonly [string, (file: string) => void])[] = [
    ['remove', (file) => rmSync(file, { recursive: true })],
    ['overwrite', (file) => writeFileSync(file, this.one(contents))],
    ['overwrite', (file) => writeFileSync(file, this.one(contents))],
    ['make a directory of', (file) => this.replace(file, () => mkdirSync(file))],
    ['make a file of', (file) => this.replace(file, () => writeFileSync(file, this.one(contents)))],
    ['make a link to itself of', (file) => this.replace(file, () => symlinkSync(file, file))],
    [
      'make a link to anywhere of',
      (file) =>
        this.replace(file, () => symlinkSync(relative(dirname(file), join(this.root, this.one(this.paths))), file)),
    ],
    ['make a link out of the root of', (file) => this.replace(file, () => symlinkSync('/proc/self', file))],
    [
      'put a file of an odd name beside',
      (file) => writeFileSync(join(dirname(file), this.one(names)), this.one(contents)),
    ],
    ['put a directory of an odd name beside', (file) => mkdirSync(join(dirname(file), this.one(names)))],
    [
      'put a link of an odd name beside',
      (file) =>
        symlinkSync(
          relative(dirname(file), join(this.root, this.one(this.paths))),
          join(dirname(file), this.one(names)),
        ),
    ],
  ];

  private replace(file: string, make: () => void): void {
    rmSync(file, { recursive: true });
    make();
  }

  private one<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.random() * choices.length)];
    if (choice === undefined) throw new Error('there is nothing to choose from');
    return choice;
  }
}

/** What is wrong with an inventory by the contract of HcaDiscovery; empty where nothing is. */
function breachesOf({ hcas, netnsMode, problems }: Inventory): readonly string[] {
  const found = hcas.map(({ name }) => name);
  return [
    ...(new Set(found).size === found.length ? [] : ['a name twice']),
    ...(found.every((name, i) => i === 0 || compareNaturally(found[i - 1] ?? '', name) < 0)
      ? []
      : ['names out of order']),
    ...(isDeeplyFrozen({ hcas, problems }) ? [] : ['not frozen']),
    ...([null, 'shared', 'exclusive'].includes(netnsMode) ? [] : [`netns mode ${netnsMode}`]),
    ...problems
      .filter(({ code, message, remedy, subject }) =>
        [code, message, remedy, subject].some((text) => text === '' || /\bundefined\b|\[object |\n/.test(text)),
      )
      .map(({ code }) => `problem ${code}`),
    ...hcas
      .filter(({ deviceNodes }) => deviceNodes.some(({ path }) => !path.startsWith('/dev/')))
      .map(({ name }) => `a node of ${name} outside /dev`),
    ...hcas
      .filter(({ numaNode }) => numaNode !== null && !(Number.isSafeInteger(numaNode) && numaNode >= 0))
      .map(({ name }) => `the NUMA node of ${name}`),
  ];
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return ('hcas' in value || Object.isFrozen(value)) && Object.values(value).every(isDeeplyFrozen);
}

/** What is wrong with a plan, and with what is made of it for kubelet and runtime. */
function breachesOfPlan({ offers, problems }: Plan): readonly string[] {
  return offers.flatMap((offer) => {
    const ids = offer.shares.map(({ id }) => id);
    const healthy = offer.shares.filter((share) => share.healthy);
    const grant = granterOf(offer, 'device-nodes');
    const refused = healthy.filter(({ id }) => {
      const result = grant([id]);
      return !result.granted || !result.grant.deviceNodes.some(({ path }) => path.includes('uverbs'));
    });
    const wrong = [
      ...(new Set(ids).size === ids.length ? [] : ['an id twice']),
      ...(refused.length === 0 ? [] : [`${refused.length} healthy shares that give no uverbs node`]),
      ...((healthy.length === 0) === (offer.emptyReason !== null)
        ? []
        : ['empty without a reason, or the other way round']),
      ...(encodeList(offer.shares).message.length <= listSizeLimit ? [] : ['a list that is too long']),
      ...(cdiSpecOf(offer).devices.every(({ name }) => /^[A-Za-z][\w.:-]*[A-Za-z0-9]$/.test(name))
        ? []
        : ['a CDI name']),
      ...(offer.emptyReason === null || problems.some(({ subject }) => subject === offer.resource)
        ? []
        : ['empty without a problem']),
    ];
    return wrong.map((text) => `${offer.resource}: ${text}`);
  });
}

describe('whatever a sysfs tree holds', () => {
  const tree = new HarmedTree(seededRandom(fuzz.seed));
  afterAll(() => tree.destroy());

  it(
    'there is an inventory by the contract, the same twice, and a plan that holds what it promises',
    async () => {
      let before = emptyPlan;
      const clock = new SystemClock();
      for (let run = 0; run < fuzz.runs; run += 1) {
        tree.harm();
        const discovery = new SysfsHcaDiscovery({ root: new HostRoot(tree.root), clock });
        const seen = await discovery.scan();
        before = plan(settings, seen, before, run * 1000);
        const found = [...breachesOf(seen), ...breachesOfPlan(before)];
        if (run % 10 === 0 && JSON.stringify(await discovery.scan()) !== JSON.stringify(seen))
          found.push('another inventory the second time');
        if (found.length > 0)
          throw new Error(`case ${run} of seed ${fuzz.seed}: ${found.join('; ')}\nafter:\n  ${tree.told.join('\n  ')}`);
      }
      expect(before.offers).toHaveLength(3);
    },
    fuzz.limitMs,
  );
});
