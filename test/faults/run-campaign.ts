// SPDX-License-Identifier: Apache-2.0
// Runs one campaign in a process of its own, which run.mjs bundles and starts. The only argument is a plan as JSON.
import { Campaign, type CampaignPlan } from './campaign.ts';
import { detectSupport, unsupportedFaults } from './machine-support.ts';

const [planText = ''] = process.argv.slice(2);
const plan = JSON.parse(planText) as CampaignPlan;
const startedAt = performance.now();
let lastReported = 0;

const support = detectSupport();
for (const line of unsupportedFaults(support)) print(`not supported on this machine: ${line}`);

const campaign = new Campaign({ ...plan, onProgress }, support);

function onProgress(injected: number): void {
  if (injected < lastReported + 100) return;
  lastReported = injected - (injected % 100);
  print(`${injected} of ${plan.faults} faults`);
}

function print(text: string): void {
  process.stdout.write(`seed ${plan.seed}: ${text}\n`);
}

function fail(text: string): void {
  print(`FAILED\n${text}`);
  process.exitCode = 1;
}

/** Ends the campaign early, without leaving a process or a mount behind. */
async function abort(reason: string): Promise<never> {
  fail(reason);
  await campaign.close();
  return process.exit();
}

process.once('uncaughtException', (error) => void abort(campaign.report(error.stack)));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void abort(`stopped by ${signal}`));

try {
  const { injected, counts, slowest, residentMiB } = await campaign.run();
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  print(
    `passed: ${injected} faults in ${seconds} s, ${residentMiB.toFixed(0)} MiB resident at the end, ` +
      `slowest recovery ${slowest.ms} ms after ${slowest.faults}\n${JSON.stringify(counts)}`,
  );
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
