// SPDX-License-Identifier: Apache-2.0
import { longUptime } from './capabilities.ts';
import type { Dice } from './dice.ts';
import type { Fault } from './fault.ts';
import type { StartShape, TestedNode } from './tested-node.ts';

/** How a program may be started. */
export function anyStart(node: TestedNode, dice: Dice): StartShape {
  const [registration, useCdi, late] = [dice.one(['device-plugins', 'plugins-registry', 'auto'] as const), dice.chance(0.5), dice.chance(0.3)];
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

/** The program as it starts needs all that may be amiss, so nothing may be. */
const startedAnew: Fault = {
  name: 'process ended and started anew',
  weight: 1,
  subjects: ['process', 'log', 'settings', 'cdi', 'device-plugins', 'registry'],
  possible: ({ settings }) => settings.inFile !== null,
  async play(node, dice) {
    const [signal, shape] = [dice.one(['SIGKILL', 'SIGTERM'] as const), anyStart(node, dice)];
    node.process.send(signal);
    await node.process.ended;
    await node.start(shape);
    return { told: `by ${signal}; then ${startWords(shape)}` };
  },
};

export const processFaults: readonly Fault[] = [frozen, logUnread, startedAnew];
