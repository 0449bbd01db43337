// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault as RpcFault, KubeletRpc } from '#adapters/fake-kubelet/faults.ts';
import type { Fault } from './fault.ts';
import type { Random } from './random.ts';
import type { KubeletVariant } from './restartable-kubelet.ts';
import { manyResourceNames, resourceNames } from './test-settings.ts';
import type { TestedNode } from './tested-node.ts';

/** Returns a variant of the kubelet. Most variants delete sockets when they start, and start without delays. */
export function randomKubelet(random: Random): KubeletVariant {
  const delay = (): number => (random.chance(0.3) ? random.between(1, 150) : 0);
  return {
    generation: random.pick(['K1', 'K2']),
    wipes: random.chance(0.8),
    startDelays: { beforeWipeMs: delay(), beforeBindMs: delay(), beforeServeMs: delay() },
  };
}

function describeKubelet({
  generation,
  wipes,
  startDelays: { beforeWipeMs, beforeBindMs, beforeServeMs },
}: KubeletVariant): string {
  const delays = `${beforeWipeMs}/${beforeBindMs}/${beforeServeMs} ms`;
  return `a ${generation} that ${wipes ? 'deletes' : 'keeps'} old sockets, start delays ${delays}`;
}

/** Ends all list streams, so that the program makes the calls that an injected fault waits for. */
export function endAllStreams(node: TestedNode): void {
  for (const resource of manyResourceNames) node.kubelet.dropStreams(resource);
}

const kubeletRestarted: Fault = {
  name: 'kubelet restarted',
  weight: 10,
  targets: ['kubelet', 'device-plugins', 'registry'],
  async inject(node, random) {
    const [gapMs, kubelet] = [random.chance(0.5) ? 0 : random.between(1, 400), randomKubelet(random)];
    await node.kubelet.stop();
    await node.pause(gapMs);
    await node.kubelet.start(kubelet);
    return { details: `after ${gapMs} ms, ${describeKubelet(kubelet)}` };
  },
};

const kubeletDown: Fault = {
  name: 'kubelet down for a while',
  weight: 6,
  targets: ['kubelet', 'device-plugins', 'registry'],
  async inject(node, random) {
    const [gapMs, unlinked, kubelet] = [random.between(0, 1_200), random.chance(0.4), randomKubelet(random)];
    await node.kubelet.stop();
    if (unlinked) rmSync(join(node.directories.devicePlugins, 'kubelet.sock'), { force: true });
    return {
      details: `${unlinked ? 'without a socket' : 'connections refused'}, then ${describeKubelet(kubelet)}`,
      undo: async () => {
        await node.pause(gapMs);
        await node.kubelet.start(kubelet);
      },
    };
  },
};

const streamsEnded: Fault = {
  name: 'list streams ended by the kubelet',
  weight: 8,
  targets: ['kubelet'],
  inject(node, random) {
    const [all, resource] = [random.chance(0.5), random.pick(resourceNames)];
    if (all) endAllStreams(node);
    else node.kubelet.dropStreams(resource);
    return { details: all ? 'all' : resource };
  },
};

const rpcFaults: readonly {
  readonly rpc: KubeletRpc;
  readonly kinds: readonly [RpcFault['kind'], ...RpcFault['kind'][]];
}[] = [
  { rpc: 'register', kinds: ['error', 'error', 'late', 'empty'] },
  { rpc: 'getInfo', kinds: ['error', 'late', 'hang', 'empty'] },
  { rpc: 'notifyRegistrationStatus', kinds: ['error', 'late'] },
  { rpc: 'getDevicePluginOptions', kinds: ['error', 'late', 'empty'] },
  { rpc: 'listAndWatch', kinds: ['error', 'late', 'hang'] },
  { rpc: 'dial', kinds: ['error', 'late'] },
];

function rpcFault(kind: RpcFault['kind'], random: Random): RpcFault {
  if (kind === 'error') return { kind, message: 'rpc error: code = Unknown desc = injected by test/faults' };
  return kind === 'late' ? { kind, ms: random.between(20, 1_500) } : { kind };
}

const callFails: Fault = {
  name: 'failing call',
  weight: 8,
  targets: ['kubelet'],
  inject(node, random) {
    const { rpc, kinds } = random.pickOrNull(rpcFaults) ?? { rpc: 'register', kinds: ['error'] };
    const fault = rpcFault(random.pick(kinds), random);
    // A list stream that fails at once looks like a kubelet that opens no stream, and costs the program 3 s each time.
    const times = fault.kind === 'error' && rpc !== 'listAndWatch' ? random.between(1, 3) : 1;
    node.kubelet.faults.inject(rpc, fault, times);
    endAllStreams(node);
    return { details: `${rpc}: ${fault.kind}${fault.kind === 'late' ? ` by ${fault.ms} ms` : ''}, ${times} times` };
  },
};

const callHangs: Fault = {
  name: 'hanging call',
  weight: 1,
  targets: ['kubelet'],
  slow: true,
  inject(node, random) {
    const rpc = random.pick<KubeletRpc>(['register', 'dial', 'getDevicePluginOptions']);
    node.kubelet.faults.inject(rpc, { kind: 'hang' });
    endAllStreams(node);
    return { details: rpc, recoveryLimitMs: 45_000 };
  },
};

const readerPaused: Fault = {
  name: 'reader of a list stream paused',
  weight: 5,
  targets: ['reader'],
  inject(node, random) {
    const [resource, ms] = [random.pick(resourceNames), random.between(0, 600)];
    node.kubelet.setReading(resource, false);
    return {
      details: resource,
      undo: async () => {
        await node.pause(ms);
        node.kubelet.setReading(resource, true);
      },
    };
  },
};

export const kubeletFaults: readonly Fault[] = [
  ...[kubeletRestarted, kubeletDown, streamsEnded],
  ...[callFails, callHangs, readerPaused],
];
