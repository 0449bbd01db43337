// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '#domain/problem/problem.ts';
import { Scenario } from './scenario.ts';
import { Stage } from './stage.ts';

const introduction =
  'What a node sees of rdma-shared-dp, without hardware or a cluster. Lines with a bar are the log of the plugin.';
const conclusion =
  '\nEnd of the demo. To deploy on a cluster, see deploy/README.md. To scan this machine, run rdma-shared-dp discover.';

/** Plays the demo in a temporary directory and returns the exit status. */
export async function demo(): Promise<number> {
  const interrupted = interruption();
  const directory = await mkdtemp(join(tmpdir(), 'rdma-demo-'));
  const stage = new Stage(directory, say);
  try {
    return await Promise.race([play(stage), interrupted]);
  } catch (error) {
    say(`\nerror: the demo failed: ${messageOf(error)}`);
    return 1;
  } finally {
    await stage.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function play(stage: Stage): Promise<number> {
  stage.writeSettings();
  say(introduction);
  await new Scenario(stage).play();
  say(conclusion);
  return 0;
}

/** Resolves at Ctrl-C or SIGTERM, to the exit status that shells give to a command that a signal ended. */
function interruption(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        say('\nInterrupted.');
        resolve(128 + constants.signals[signal]);
      });
  });
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
