// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { SysfsHcaDiscovery } from '#adapters/discovery/sysfs/hca-discovery.ts';
import { seededRandom } from '#adapters/fake-kubelet/device-manager/random-choice.ts';
import { encodeList } from '#adapters/kubelet/serving/list-message.ts';
import { LinuxHost } from '#adapters/host/linux-host.ts';
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
import { sharesOf } from '../support/share-list.ts';

/** After this much damage, hardly anything is left of the tree, and a new one replaces it. */
const damagesPerTree = 40;

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

/**
 * A sysfs tree that is damaged step by step. `steps` lists the damage to the present tree, for the message of a
 * failure.
 */
class DamagedTree {
  private tree = new SysfsTree();
  readonly steps: string[] = [];
  private paths: readonly string[] = [];

  constructor(private readonly random: () => number) {
    this.renew();
  }

  get root(): string {
    return this.tree.root;
  }

  damage(): void {
    if (this.steps.length >= damagesPerTree) this.renew();
    const path = this.pick(this.paths);
    const [name, damage] = this.pick(this.damages);
    this.steps.push(`${name} ${path}`);
    try {
      damage(join(this.root, path));
    } catch {
      // Earlier damage has removed the file.
    }
    if (!existsSync(join(this.root, 'sys/class'))) this.renew();
  }

  destroy(): void {
    this.tree.destroy();
  }

  private renew(): void {
    this.tree.destroy();
    this.tree = new SysfsTree();
    this.steps.length = 0;
    this.tree.addHca({ name: 'mlx5_0', netdevs: [{ name: 'eth0' }], ports: [{ number: 1 }, { number: 2 }] });
    this.tree.addHca({ name: 'rxe0', number: 1, device: null, softParent: 'eth0', kinds: ['uverbs'] });
    // With file types, because readdirSync would otherwise follow links in an endless loop.
    const entries = readdirSync(this.root, { recursive: true, withFileTypes: true });
    this.paths = entries
      .map((entry) => relative(this.root, join(entry.parentPath, entry.name)))
      .filter((path) => path.includes('/'));
  }

  private readonly damages: readonly (readonly [string, (file: string) => void])[] = [
    ['remove', (file) => rmSync(file, { recursive: true })],
    ['overwrite', (file) => writeFileSync(file, this.pick(contents))],
    ['overwrite', (file) => writeFileSync(file, this.pick(contents))],
    ['replace with a directory:', (file) => this.replace(file, () => mkdirSync(file))],
    ['replace with a file:', (file) => this.replace(file, () => writeFileSync(file, this.pick(contents)))],
    ['replace with a link to itself:', (file) => this.replace(file, () => symlinkSync(file, file))],
    [
      'replace with a link to any path:',
      (file) =>
        this.replace(file, () => symlinkSync(relative(dirname(file), join(this.root, this.pick(this.paths))), file)),
    ],
    ['replace with a link out of the root:', (file) => this.replace(file, () => symlinkSync('/proc/self', file))],
    [
      'add a file with an unusual name next to',
      (file) => writeFileSync(join(dirname(file), this.pick(names)), this.pick(contents)),
    ],
    ['add a directory with an unusual name next to', (file) => mkdirSync(join(dirname(file), this.pick(names)))],
    [
      'add a link with an unusual name next to',
      (file) =>
        symlinkSync(
          relative(dirname(file), join(this.root, this.pick(this.paths))),
          join(dirname(file), this.pick(names)),
        ),
    ],
  ];

  private replace(file: string, make: () => void): void {
    rmSync(file, { recursive: true });
    make();
  }

  private pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.random() * choices.length)];
    if (choice === undefined) throw new Error('the list of choices is empty');
    return choice;
  }
}

/** Returns how an inventory violates the contract of HcaDiscovery. */
function inventoryViolations({ hcas, netnsMode, problems }: Inventory): readonly string[] {
  const found = hcas.map(({ name }) => name);
  return [
    ...(new Set(found).size === found.length ? [] : ['duplicate name']),
    ...(found.every((name, i) => i === 0 || compareNaturally(found[i - 1] ?? '', name) < 0)
      ? []
      : ['names not in order']),
    ...(isDeeplyFrozen({ hcas, problems }) ? [] : ['not frozen']),
    ...([null, 'shared', 'exclusive'].includes(netnsMode) ? [] : [`netns mode ${netnsMode}`]),
    ...problems
      .filter(({ code, message, remedy, subject }) =>
        [code, message, remedy, subject].some((text) => text === '' || /\bundefined\b|\[object |\n/.test(text)),
      )
      .map(({ code }) => `problem ${code}`),
    ...hcas
      .filter(({ deviceNodes }) => deviceNodes.some(({ path }) => !path.startsWith('/dev/')))
      .map(({ name }) => `device node of ${name} outside /dev`),
    ...hcas
      .filter(({ numaNode }) => numaNode !== null && !(Number.isSafeInteger(numaNode) && numaNode >= 0))
      .map(({ name }) => `invalid NUMA node of ${name}`),
  ];
}

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return ('hcas' in value || Object.isFrozen(value)) && Object.values(value).every(isDeeplyFrozen);
}

/** Returns what is wrong with a plan, its lists for the kubelet, and its CDI specs. */
function planViolations({ offers, problems }: Plan): readonly string[] {
  return offers.flatMap((offer) => {
    const ids = sharesOf(offer).map(({ id }) => id);
    const healthy = sharesOf(offer).filter((share) => share.healthy);
    const grant = granterOf(offer, 'device-nodes');
    const refused = healthy.filter(({ id }) => {
      const result = grant([id]);
      return !result.granted || !result.grant.deviceNodes.some(({ path }) => path.includes('uverbs'));
    });
    const violations = [
      ...(new Set(ids).size === ids.length ? [] : ['duplicate id']),
      ...(refused.length === 0 ? [] : [`${refused.length} healthy shares that grant no uverbs node`]),
      ...((healthy.length === 0) === (offer.emptyReason !== null)
        ? []
        : ['no healthy shares without a reason, or a reason with healthy shares']),
      ...(encodeList(offer.shares).message.length <= listSizeLimit ? [] : ['list too long']),
      ...(cdiSpecOf(offer).devices.every(({ name }) => /^[A-Za-z][\w.:-]*[A-Za-z0-9]$/.test(name))
        ? []
        : ['invalid CDI name']),
      ...(offer.emptyReason === null || problems.some(({ subject }) => subject === offer.resource)
        ? []
        : ['no healthy shares without a problem']),
    ];
    return violations.map((text) => `${offer.resource}: ${text}`);
  });
}

describe('a damaged sysfs tree', () => {
  const tree = new DamagedTree(seededRandom(fuzz.seed));
  afterAll(() => tree.destroy());

  it(
    'gives a reproducible inventory that fulfills its contract, and a consistent plan',
    async () => {
      let previous = emptyPlan;
      const clock = new SystemClock();
      for (let run = 0; run < fuzz.runs; run += 1) {
        tree.damage();
        const discovery = new SysfsHcaDiscovery(new LinuxHost(tree.root, clock));
        const inventory = await discovery.scan();
        previous = plan(settings, inventory, previous, run * 1000);
        const violations = [...inventoryViolations(inventory), ...planViolations(previous)];
        if (run % 10 === 0 && JSON.stringify(await discovery.scan()) !== JSON.stringify(inventory))
          violations.push('a second scan gives another inventory');
        if (violations.length > 0)
          throw new Error(
            `case ${run} of seed ${fuzz.seed}: ${violations.join('; ')}\nafter:\n  ${tree.steps.join('\n  ')}`,
          );
      }
      expect(previous.offers).toHaveLength(3);
    },
    fuzz.limitMs,
  );
});
