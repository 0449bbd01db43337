// SPDX-License-Identifier: Apache-2.0
import type { Fault, InjectedFault } from './fault.ts';
import type { Random } from './random.ts';
import { type Vendor, functionCount, vendors } from './test-hca.ts';
import {
  type TestResource,
  documentOf,
  manyResourceNames,
  resourceNames,
  selectionForms,
  writeMethods,
} from './test-settings.ts';
import type { TestedNode } from './tested-node.ts';

const counts = [0, 1, 2, 4, 7, 16, 63, 300] as const;
const selections: readonly [readonly Vendor[], ...(readonly Vendor[])[]] = [['15b3'], ['15b3'], ['8086'], vendors];

function randomCount(random: Random): number {
  return random.chance(0.03) ? 5_000 : random.pick(counts);
}

export function randomResource(resource: string, random: Random): TestResource {
  const functions = Array.from({ length: functionCount }, (_, index) => index).filter(() => random.chance(0.7));
  return {
    resource,
    count: randomCount(random),
    sharing: random.pick(['pool', 'device', 'device']),
    vendors: random.pick(selections),
    form: random.pick(selectionForms),
    functions: functions.length === 0 ? [random.between(0, functionCount - 1)] : functions,
    allocationPolicy: random.pick(['spread', 'pack']),
    maxSharesPerContainer: random.chance(0.3) ? random.between(1, 3) : null,
    env: random.chance(0.3),
    linkDown: random.pick(['ignore', 'unhealthy']),
    holdDownSeconds: random.between(0, 1),
  };
}

/** Returns one to four resources. */
export function randomSettings(random: Random): readonly TestResource[] {
  const some = resourceNames.filter(() => random.chance(0.55));
  const names = some.length === 0 ? [random.pick(resourceNames)] : some;
  return names.map((resource) => randomResource(resource, random));
}

const describedResources = 4;

function describeSettings(resources: readonly TestResource[]): string {
  const descriptions = resources.slice(0, describedResources).map(describeResource).join('; ');
  const others = resources.length - describedResources;
  return others > 0 ? `${descriptions}; and ${others} more` : descriptions;
}

function describeResource(described: TestResource): string {
  const { resource, count, sharing, vendors: wanted, form, functions, env, linkDown } = described;
  const { allocationPolicy, maxSharesPerContainer } = described;
  const options = [
    ...(sharing === 'device' ? [`per device (${allocationPolicy})`] : []),
    ...(maxSharesPerContainer === null ? [] : [`at most ${maxSharesPerContainer} for a container`]),
    ...(form === 'one selector' ? [] : [`with ${form}${form === 'netdevs' ? ` of ${functions.join()}` : ''}`]),
    ...(env ? ['with env'] : []),
    ...(linkDown === 'ignore' ? [] : ['with linkDown unhealthy']),
  ];
  return [`${resource} with ${count} shares of ${wanted.join('+')}`, ...options].join(', ');
}

const settingsChanged: Fault = {
  name: 'settings changed',
  weight: 9,
  targets: ['settings'],
  inject(node, random) {
    return writeValid(node, random, randomSettings(random));
  },
};

const resourceChanged: Fault = {
  name: 'one resource changed',
  weight: 6,
  targets: ['settings'],
  possible: ({ settings }) => settings.latest !== null,
  inject(node, random) {
    const resources = [...(node.settings.latest ?? [])];
    resources.splice(
      random.between(0, resources.length - 1),
      1,
      randomResource(resources[0]?.resource ?? resourceNames[0], random),
    );
    const distinct = [...new Map(resources.map((resource) => [resource.resource, resource])).values()];
    return writeValid(node, random, distinct);
  },
};

/** At each restart of the kubelet, all of them register at the same time. */
const manyResources: Fault = {
  name: 'many resources',
  weight: 2,
  targets: ['settings'],
  inject(node, random) {
    const resources = manyResourceNames.map((resource) => ({
      ...randomResource(resource, random),
      count: random.between(1, 4),
    }));
    return writeValid(node, random, resources);
  },
};

/** The kubelet could not receive the list of one resource. The others must be offered, even if there are none. */
const resourceRejected: Fault = {
  name: 'one resource rejected',
  weight: 3,
  targets: ['settings'],
  inject(node, random) {
    const resources = randomSettings(random);
    const index = random.between(0, resources.length - 1);
    const rejected = resources.filter((_, i) => i === index).map((one) => ({ ...one, count: 10_000_000 }));
    return writeValid(
      node,
      random,
      resources.filter((_, i) => i !== index),
      rejected,
    );
  },
};

function writeValid(
  node: TestedNode,
  random: Random,
  resources: readonly TestResource[],
  rejected: readonly TestResource[] = [],
): InjectedFault {
  const method = random.pick(writeMethods);
  node.settings.writeValid(resources, method, rejected);
  return { details: `${describeSettings([...resources, ...rejected])}; written ${method}${maybeReload(node, random)}` };
}

/** Sends SIGHUP sometimes only, because the program must also notice changes without it. */
function maybeReload(node: TestedNode, random: Random): string {
  if (!random.chance(0.4)) return '';
  node.process.send('SIGHUP');
  return ', with SIGHUP';
}

const invalidTexts: readonly [(random: Random) => string, ...((random: Random) => string)[]] = [
  () => '',
  () => '{"configList": [',
  () => '{"configList": []}',
  () => '[1, 2, 3]',
  () => '\u0000\uFFFD'.repeat(500),
  (random) => documentOf([{ ...randomResource('rdma/r0', random), count: -1 }]),
  () => documentOf(sameResourceTwice()),
  () =>
    JSON.stringify({
      configList: Array.from({ length: 150 }, () => ({ resourceName: 'no name', rdmaHcaMax: -1, selectors: {} })),
    }),
];

function sameResourceTwice(): readonly TestResource[] {
  const resource = {
    resource: 'rdma/r1',
    count: 3,
    sharing: 'pool',
    vendors,
    form: 'one selector',
    functions: [],
    allocationPolicy: 'spread',
    maxSharesPerContainer: null,
    env: false,
    linkDown: 'ignore',
    holdDownSeconds: 0,
  } as const;
  return [resource, resource];
}

const settingsInvalid: Fault = {
  name: 'settings invalid',
  weight: 5,
  targets: ['settings'],
  inject(node, random) {
    const index = random.between(0, invalidTexts.length - 1);
    const method = random.pick(writeMethods);
    node.settings.writeInvalid(invalidTexts[index]?.(random) ?? '', method);
    return { details: `text ${index + 1} of ${invalidTexts.length}, written ${method}${maybeReload(node, random)}` };
  },
};

const settingsRemoved: Fault = {
  name: 'settings removed',
  weight: 3,
  targets: ['settings'],
  inject(node, random) {
    const leaveDirectory = random.chance(0.3);
    node.settings.remove(leaveDirectory);
    return {
      details: `${leaveDirectory ? 'a directory in place of the file' : 'no file'}${maybeReload(node, random)}`,
    };
  },
};

const directoryReplaced: Fault = {
  name: 'settings directory replaced',
  weight: 2,
  targets: ['settings'],
  async inject(node, random) {
    const [resources, ms] = [randomSettings(random), random.chance(0.5) ? 0 : random.between(1, 700)];
    node.settings.replaceDirectory();
    await node.pause(ms);
    const { details } = writeValid(node, random, resources);
    return { details: `after ${ms} ms: ${details}` };
  },
};

const needlessReloads: Fault = {
  name: 'reload of unchanged settings',
  weight: 2,
  targets: ['settings'],
  inject(node, random) {
    const times = random.between(1, 8);
    for (let i = 0; i < times; i += 1) node.process.send('SIGHUP');
    return { details: `${times} times` };
  },
};

export const settingsFaults: readonly Fault[] = [
  ...[settingsChanged, resourceChanged, manyResources, resourceRejected, settingsInvalid],
  ...[settingsRemoved, directoryReplaced, needlessReloads],
];
