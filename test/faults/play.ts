// SPDX-License-Identifier: Apache-2.0
// One campaign, as a process of its own: run.mjs bundles it. Its only argument is a plan as JSON.
import { Campaign, type CampaignPlan } from './campaign.ts';
import { findCapabilities, skipped } from './capabilities.ts';

const [planText = ''] = process.argv.slice(2);
const plan = JSON.parse(planText) as CampaignPlan;
const begun = performance.now();
let told = 0;

const can = findCapabilities();
for (const line of skipped(can)) process.stdout.write(`seed ${plan.seed}: not played: ${line}\n`);

const onProgress = (played: number): void => {
  if (played < told + 100) return;
  told = played - (played % 100);
  process.stdout.write(`seed ${plan.seed}: ${played} of ${plan.faults} faults\n`);
};
const campaign = new Campaign({ ...plan, onProgress }, can);

function fail(text: string): void {
  process.stdout.write(`seed ${plan.seed}: FAILED\n${text}\n`);
  process.exitCode = 1;
}

/** The suite itself has failed or is to stop: nothing is left running or mounted all the same. */
async function giveUp(why: string): Promise<never> {
  fail(why);
  await campaign.close();
  return process.exit();
}

process.once('uncaughtException', (error) => void giveUp(campaign.report(error.stack)));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void giveUp(`stopped by ${signal}`));

try {
  const { played, counts, slowest, residentMiB } = await campaign.run();
  const seconds = Math.round((performance.now() - begun) / 1000);
  process.stdout.write(
    `seed ${plan.seed}: passed, ${played} faults in ${seconds} s; ${residentMiB.toFixed(0)} MiB at the end; ` +
      `slowest recovery ${slowest.ms} ms, after ${slowest.told}\n${JSON.stringify(counts)}\n`,
  );
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
