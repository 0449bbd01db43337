// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { shortHash } from '#domain/text/short-hash.ts';
import type { Fault } from './fault.ts';
import { longUptime } from './machine-support.ts';
import type { Random } from './random.ts';
import { randomResource } from './settings-faults.ts';
import type { StartOptions, TestedNode } from './tested-node.ts';

export function randomStart(node: TestedNode, random: Random): StartOptions {
  const [registration, useCdi, withLongUptime, withModule] = [
    random.pick(['device-plugins', 'plugins-registry', 'auto'] as const),
    random.chance(0.5),
    random.chance(0.3),
    random.chance(0.4),
  ];
  const wrapper = withLongUptime && node.support.clockOffset === null ? longUptime : [];
  return { registration, useCdi, withModule, wrapper };
}

export function describeStart({ registration, useCdi, withModule, wrapper }: StartOptions): string {
  const options = `${useCdi ? ', with CDI' : ''}${withModule ? ', with a discovery module' : ''}`;
  return `${registration}${options}${wrapper.length > 0 ? ', after 49 days of uptime' : ''}`;
}

const processFrozen: Fault = {
  name: 'process frozen',
  weight: 5,
  targets: ['process'],
  inject(node, random) {
    const [ms, program] = [random.between(0, 1_200), node.process];
    program.send('SIGSTOP');
    return {
      details: `for ${ms} ms after the other faults`,
      undo: async () => {
        await node.pause(ms);
        program.send('SIGCONT');
      },
    };
  },
};

const day = 86_400_000;

const wallClockJumps: Fault = {
  name: 'wall clock jumps',
  weight: 4,
  targets: ['clock'],
  inject(node, random) {
    const ms = random.pick([-20_000 * day, -day, -3_600_000, -5_000, 5_000, 3_600_000, day, 20_000 * day]);
    node.process.setClockAhead(ms);
    return { details: `${ms / 1000} s ahead of the machine` };
  },
};

const logNotRead: Fault = {
  name: 'log not read',
  weight: 3,
  targets: ['log'],
  inject(node) {
    const program = node.process;
    program.readLog(false);
    return { details: '', undo: () => program.readLog(true) };
  },
};

/** A program that starts needs all of these intact, so that no other fault may last. */
const startTargets = ['process', 'clock', 'log', 'settings', 'cdi', 'device-plugins', 'registry'] as const;

const processRestarted: Fault = {
  name: 'process restarted',
  weight: 1,
  targets: startTargets,
  possible: ({ settings }) => settings.latest !== null,
  async inject(node, random) {
    const [signal, options] = [random.pick(['SIGKILL', 'SIGTERM'] as const), randomStart(node, random)];
    node.process.send(signal);
    await node.process.exited;
    await node.start(options);
    return { details: `ended by ${signal}, then started with ${describeStart(options)}` };
  },
};

/** A rolling update that starts the new pod before it ends the old one. */
const processReplaced: Fault = {
  name: 'process replaced by a newer one that already runs',
  weight: 1,
  targets: startTargets,
  possible: ({ settings }) => settings.latest !== null,
  async inject(node, random) {
    const [ms, signal, options] = [
      random.between(0, 1_500),
      random.pick(['SIGKILL', 'SIGTERM'] as const),
      randomStart(node, random),
    ];
    const older = node.process;
    await node.start(options);
    await node.pause(ms);
    older.send(signal);
    await older.exited;
    return { details: `${describeStart(options)}; the older one was ended after ${ms} ms by ${signal}` };
  },
};

/** A second pod that starts and ends. The older instance takes over again 5 s after the newer one has ended. */
const secondProcess: Fault = {
  name: 'second process for a while',
  weight: 1,
  targets: startTargets,
  slow: true,
  possible: ({ settings }) => settings.latest !== null,
  async inject(node, random) {
    const [ms, signal] = [random.between(0, 2_500), random.pick(['SIGKILL', 'SIGTERM'] as const)];
    const newer = await node.startSecond();
    await node.pause(ms);
    newer.send(signal);
    await newer.exited;
    return { details: `ended after ${ms} ms by ${signal}`, recoveryLimitMs: 25_000 };
  },
};

const otherResources = ['rdma/other0', 'rdma/other1'] as const;

/** A second DaemonSet for other resources. The CDI names of its pods have to stay valid when it has ended. */
const otherInstance: Fault = {
  name: 'instance with other resources for a while',
  weight: 2,
  targets: startTargets,
  possible: ({ settings }) => settings.latest !== null,
  async inject(node, random) {
    const resources = otherResources.map((resource) => ({
      ...randomResource(resource, random),
      count: random.between(1, 7),
    }));
    const [ms, signal] = [random.between(200, 2_000), random.pick(['SIGKILL', 'SIGTERM'] as const)];
    const other = await node.startOther(resources);
    await node.pause(ms);
    for (const resource of otherResources) await admitPod(node, resource);
    other.send(signal);
    await other.exited;
    // Nothing replaces an instance that was killed, so nothing removes its sockets.
    for (const socket of node.sockets()) if (isOfOther(socket)) rmSync(socket);
    return { details: `ended after ${ms} ms by ${signal}` };
  },
};

function isOfOther(socket: string): boolean {
  return otherResources.some((resource) => socket.includes(shortHash(resource)));
}

/** Admits a pod, if the kubelet is running and has the resource, and records what it was granted. */
async function admitPod(node: TestedNode, resource: string): Promise<void> {
  const pod = { namespace: 'faults', name: `pod-of-${resource.replace('/', '-')}` };
  const admission = await node.kubelet.admit({ ...pod, containers: [{ name: 'c', limits: { [resource]: 1 } }] });
  if (admission?.admitted !== true) return;
  for (const name of admission.containers.flatMap(({ cdiDevices }) => cdiDevices)) node.grantedCdiNames.add(name);
  await node.kubelet.remove(pod);
}

export const processFaults: readonly Fault[] = [
  ...[processFrozen, wallClockJumps, logNotRead],
  ...[processRestarted, processReplaced, secondProcess, otherInstance],
];
