// SPDX-License-Identifier: Apache-2.0
import { longUptime } from './capabilities.ts';
import type { Dice } from './dice.ts';
import type { Fault } from './fault.ts';
import type { StartShape, TestedNode } from './tested-node.ts';

/** How a program may be started. */
export function anyStart(node: TestedNode, dice: Dice): StartShape {
  const [registration, useCdi, late] = [
    dice.one(['device-plugins', 'plugins-registry', 'auto'] as const),
    dice.chance(0.5),
    dice.chance(0.3),
  ];
  return { registration, useCdi, wrapper: late && node.can.clockOffset === null ? longUptime : [] };
}

export function startWords({ registration, useCdi, wrapper }: StartShape): string {
  return `${registration}${useCdi ? ', with CDI' : ''}${wrapper.length > 0 ? ', after 49 days of uptime' : ''}`;
}

const frozen: Fault = {
  name: 'process frozen',
  weight: 5,
  subjects: ['process'],
  play(node, dice) {
    const [ms, program] = [dice.between(0, 1_200), node.process];
    program.send('SIGSTOP');
    return {
      told: `${ms} ms beyond the others`,
      heal: async () => {
        await node.pause(ms);
        program.send('SIGCONT');
      },
    };
  },
};

const day = 86_400_000;

const clockJumps: Fault = {
  name: 'wall clock jumps',
  weight: 4,
  subjects: ['clock'],
  play(node, dice) {
    const ms = dice.one([-20_000 * day, -day, -3_600_000, -5_000, 5_000, 3_600_000, day, 20_000 * day]);
    node.process.setClockAhead(ms);
    return { told: `${ms / 1000} s from the machine's` };
  },
};

const logUnread: Fault = {
  name: 'log not read',
  weight: 3,
  subjects: ['log'],
  play(node) {
    const program = node.process;
    program.readLog(false);
    return { told: '', heal: () => program.readLog(true) };
  },
};

/** A program that starts needs all that may be amiss, so nothing may be. */
const everything = ['process', 'clock', 'log', 'settings', 'cdi', 'device-plugins', 'registry'] as const;

const startedAnew: Fault = {
  name: 'process ended and started anew',
  weight: 1,
  subjects: everything,
  possible: ({ settings }) => settings.inFile !== null,
  async play(node, dice) {
    const [signal, shape] = [dice.one(['SIGKILL', 'SIGTERM'] as const), anyStart(node, dice)];
    node.process.send(signal);
    await node.process.ended;
    await node.start(shape);
    return { told: `by ${signal}; then ${startWords(shape)}` };
  },
};

/** As a rolling update that starts the new pod before it ends the old one. */
const updated: Fault = {
  name: 'process replaced by a newer one that runs already',
  weight: 1,
  subjects: everything,
  possible: ({ settings }) => settings.inFile !== null,
  async play(node, dice) {
    const [ms, signal, shape] = [
      dice.between(0, 1_500),
      dice.one(['SIGKILL', 'SIGTERM'] as const),
      anyStart(node, dice),
    ];
    const older = node.process;
    await node.start(shape);
    await node.pause(ms);
    older.send(signal);
    await older.ended;
    return { told: `${startWords(shape)}; the older one ended after ${ms} ms by ${signal}` };
  },
};

/** A pod that was started beside ours and goes again: the older takes over when the newer has been away for 5 s. */
const visited: Fault = {
  name: 'a newer process beside it for a while',
  weight: 1,
  subjects: everything,
  slow: true,
  possible: ({ settings }) => settings.inFile !== null,
  async play(node, dice) {
    const [ms, signal] = [dice.between(0, 2_500), dice.one(['SIGKILL', 'SIGTERM'] as const)];
    const newer = await node.startBeside();
    await node.pause(ms);
    newer.send(signal);
    await newer.ended;
    return { told: `ended after ${ms} ms by ${signal}`, patienceMs: 25_000 };
  },
};

export const processFaults: readonly Fault[] = [frozen, clockJumps, logUnread, startedAnew, updated, visited];
