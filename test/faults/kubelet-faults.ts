// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault as RpcFault, KubeletRpc } from '#adapters/fake-kubelet/faults.ts';
import type { Dice } from './dice.ts';
import type { Fault } from './fault.ts';
import type { LifeShape } from './kubelet-lives.ts';
import { resourceNames } from './settings-stage.ts';
import type { TestedNode } from './tested-node.ts';

/** A kubelet like any; most wipe and are quick. */
export function anyLife(dice: Dice): LifeShape {
  const delay = (): number => (dice.chance(0.3) ? dice.between(1, 150) : 0);
  return {
    generation: dice.one(['K1', 'K2']),
    wipes: dice.chance(0.8),
    startDelays: { beforeWipeMs: delay(), beforeBindMs: delay(), beforeServeMs: delay() },
  };
}

function lifeWords({
  generation,
  wipes,
  startDelays: { beforeWipeMs, beforeBindMs, beforeServeMs },
}: LifeShape): string {
  return `a ${generation} ${wipes ? 'that wipes' : 'that does not wipe'}, pauses ${beforeWipeMs}/${beforeBindMs}/${beforeServeMs} ms`;
}

/** Ends all list streams, so that what was made to fail next time is met now. */
export function dropAll(node: TestedNode): void {
  for (const resource of resourceNames) node.kubelet.dropStreams(resource);
}

const restarted: Fault = {
  name: 'kubelet restarted',
  weight: 10,
  subjects: ['kubelet', 'device-plugins', 'registry'],
  async play(node, dice) {
    const [gapMs, life] = [dice.chance(0.5) ? 0 : dice.between(1, 400), anyLife(dice)];
    await node.kubelet.end();
    await node.pause(gapMs);
    await node.kubelet.begin(life);
    return { told: `after ${gapMs} ms ${lifeWords(life)}` };
  },
};

const gone: Fault = {
  name: 'kubelet gone for a while',
  weight: 6,
  subjects: ['kubelet', 'device-plugins', 'registry'],
  async play(node, dice) {
    const [gapMs, unlinked, life] = [dice.between(0, 1_200), dice.chance(0.4), anyLife(dice)];
    await node.kubelet.end();
    if (unlinked) rmSync(join(node.directories.devicePlugins, 'kubelet.sock'), { force: true });
    return {
      told: `${unlinked ? 'its socket too' : 'its socket refuses'}; then ${lifeWords(life)}`,
      heal: async () => {
        await node.pause(gapMs);
        await node.kubelet.begin(life);
      },
    };
  },
};

const streamsEnded: Fault = {
  name: 'list streams ended by the kubelet',
  weight: 8,
  subjects: ['kubelet'],
  play(node, dice) {
    const [all, resource] = [dice.chance(0.5), dice.one(resourceNames)];
    if (all) dropAll(node);
    else node.kubelet.dropStreams(resource);
    return { told: all ? 'all' : resource };
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

function rpcFault(kind: RpcFault['kind'], dice: Dice): RpcFault {
  if (kind === 'error') return { kind, message: 'rpc error: code = Unknown desc = played by the fault suite' };
  return kind === 'late' ? { kind, ms: dice.between(20, 1_500) } : { kind };
}

const callSpoilt: Fault = {
  name: 'a call spoilt',
  weight: 8,
  subjects: ['kubelet'],
  play(node, dice) {
    const { rpc, kinds } = dice.any(rpcFaults) ?? { rpc: 'register', kinds: ['error'] };
    const fault = rpcFault(dice.one(kinds), dice);
    // A list that fails before it is asked for looks to a plugin like a kubelet that is silent, for 3 s each time.
    const times = fault.kind === 'error' && rpc !== 'listAndWatch' ? dice.between(1, 3) : 1;
    node.kubelet.faults.inject(rpc, fault, times);
    dropAll(node);
    return { told: `${rpc} ${fault.kind}${fault.kind === 'late' ? ` by ${fault.ms} ms` : ''}, ${times} times` };
  },
};

const callHangs: Fault = {
  name: 'a call that hangs',
  weight: 1,
  subjects: ['kubelet'],
  slow: true,
  play(node, dice) {
    const rpc = dice.one<KubeletRpc>(['register', 'dial', 'getDevicePluginOptions']);
    node.kubelet.faults.inject(rpc, { kind: 'hang' });
    dropAll(node);
    return { told: rpc, patienceMs: 45_000 };
  },
};

const readerStopped: Fault = {
  name: 'a reader that stops reading',
  weight: 5,
  subjects: ['reader'],
  play(node, dice) {
    const [resource, ms] = [dice.one(resourceNames), dice.between(0, 600)];
    node.kubelet.setReading(resource, false);
    return {
      told: resource,
      heal: async () => {
        await node.pause(ms);
        node.kubelet.setReading(resource, true);
      },
    };
  },
};

export const kubeletFaults: readonly Fault[] = [restarted, gone, streamsEnded, callSpoilt, callHangs, readerStopped];
