// SPDX-License-Identifier: Apache-2.0
import type { Dice } from './dice.ts';
import type { Fault } from './fault.ts';
import { type Vendor, vendors } from './host-stage.ts';
import { type StagedResource, documentOf, resourceNames, selectionForms, writingWays } from './settings-stage.ts';
import type { TestedNode } from './tested-node.ts';

const counts = [0, 1, 2, 4, 7, 16, 63, 300] as const;
const selections: readonly [readonly Vendor[], ...(readonly Vendor[])[]] = [['15b3'], ['15b3'], ['8086'], vendors];

function anyCount(dice: Dice): number {
  return dice.chance(0.03) ? 5_000 : dice.one(counts);
}

function anyResource(resource: string, dice: Dice): StagedResource {
  const linkDown = dice.one(['ignore', 'unhealthy'] as const);
  const sharing = dice.one(['pool', 'device'] as const);
  const [form, env] = [dice.one(selectionForms), dice.chance(0.3)];
  return {
    resource,
    count: anyCount(dice),
    sharing,
    vendors: dice.one(selections),
    form,
    env,
    linkDown,
    holdDownSeconds: dice.between(0, 1),
  };
}

/** One to four resources. */
export function anySettings(dice: Dice): readonly StagedResource[] {
  const kept = resourceNames.filter(() => dice.chance(0.55));
  return (kept.length === 0 ? [dice.one(resourceNames)] : kept).map((resource) => anyResource(resource, dice));
}

function words(resources: readonly StagedResource[]): string {
  return resources.map(inWords).join(', ');
}

function inWords({ resource, count, sharing, vendors: wanted, form, env, linkDown }: StagedResource): string {
  const more = [
    ...(sharing === 'device' ? ['by device'] : []),
    ...(form === 'one selector' ? [] : [`by ${form}`]),
    ...(env ? ['with env'] : []),
    ...(linkDown === 'ignore' ? [] : ['with link']),
  ];
  return [`${resource} ${count} of ${wanted.join('+')}`, ...more].join(' ');
}

const changed: Fault = {
  name: 'settings changed',
  weight: 9,
  subjects: ['settings'],
  play(node, dice) {
    const resources = anySettings(dice);
    return apply(node, dice, resources);
  },
};

const oneChanged: Fault = {
  name: 'one resource changed',
  weight: 6,
  subjects: ['settings'],
  possible: ({ settings }) => settings.inFile !== null,
  play(node, dice) {
    const resources = [...(node.settings.inFile ?? [])];
    resources.splice(
      dice.between(0, resources.length - 1),
      1,
      anyResource(resources[0]?.resource ?? resourceNames[0], dice),
    );
    const distinct = [...new Map(resources.map((one) => [one.resource, one])).values()];
    return apply(node, dice, distinct);
  },
};

function apply(node: TestedNode, dice: Dice, resources: readonly StagedResource[]): { readonly told: string } {
  const way = dice.one(writingWays);
  node.settings.writeGood(resources, way);
  return { told: `${words(resources)}, ${way}${perhapsHup(node, dice)}` };
}

/** The program is to follow its file by itself too. */
function perhapsHup(node: TestedNode, dice: Dice): string {
  if (!dice.chance(0.4)) return '';
  node.process.send('SIGHUP');
  return ', and HUP';
}

const badTexts: readonly [(dice: Dice) => string, ...((dice: Dice) => string)[]] = [
  () => '',
  () => '{"configList": [',
  () => '{"configList": []}',
  () => '[1, 2, 3]',
  () => '\u0000\uFFFD'.repeat(500),
  (dice) => documentOf([{ ...anyResource('rdma/r0', dice), count: 10_000_000 }]),
  () => documentOf([...anyTwice()]),
  () =>
    JSON.stringify({
      configList: Array.from({ length: 150 }, () => ({ resourceName: 'no name', rdmaHcaMax: -1, selectors: {} })),
    }),
];

function anyTwice(): readonly StagedResource[] {
  const one = {
    resource: 'rdma/r1',
    count: 3,
    sharing: 'pool',
    vendors,
    form: 'one selector',
    env: false,
    linkDown: 'ignore',
    holdDownSeconds: 0,
  } as const;
  return [one, one];
}

const spoilt: Fault = {
  name: 'settings bad',
  weight: 5,
  subjects: ['settings'],
  play(node, dice) {
    const at = dice.between(0, badTexts.length - 1);
    const way = dice.one(writingWays);
    node.settings.writeBad(badTexts[at]?.(dice) ?? '', way);
    return { told: `the ${at + 1}. of ${badTexts.length} kinds, ${way}${perhapsHup(node, dice)}` };
  },
};

const lost: Fault = {
  name: 'settings file gone',
  weight: 3,
  subjects: ['settings'],
  play(node, dice) {
    const directory = dice.chance(0.3);
    node.settings.lose(directory);
    return { told: `${directory ? 'and a directory in its place' : ''}${perhapsHup(node, dice)}` };
  },
};

const directoryReplaced: Fault = {
  name: 'settings directory replaced',
  weight: 2,
  subjects: ['settings'],
  async play(node, dice) {
    const [resources, ms] = [anySettings(dice), dice.chance(0.5) ? 0 : dice.between(1, 700)];
    node.settings.renewDirectory();
    await node.pause(ms);
    const { told } = apply(node, dice, resources);
    return { told: `${ms} ms later ${told}` };
  },
};

const asked: Fault = {
  name: 'asked to read settings that have not changed',
  weight: 2,
  subjects: ['settings'],
  play(node, dice) {
    const times = dice.between(1, 8);
    for (let i = 0; i < times; i += 1) node.process.send('SIGHUP');
    return { told: `${times} times` };
  },
};

export const settingsFaults: readonly Fault[] = [changed, oneChanged, spoilt, lost, directoryReplaced, asked];
