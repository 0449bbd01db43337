// SPDX-License-Identifier: Apache-2.0
import { beforeAll, expect, it } from '@jest/globals';
import { describeTier } from '../support/tier-group.ts';
import { type MachineRun, runMachine } from './machine.mjs';
import { steps } from './steps.ts';

describeTier('the built program on a real kernel with soft RoCE', () => {
  let run: MachineRun = { ended: { status: null, signal: null, said: 'it was not run' }, report: [], console: '' };

  beforeAll(async () => {
    run = await runMachine();
    for (const { step, good, remark } of run.report)
      process.stderr.write(`${good ? 'good' : 'FAILED'}: ${step} (${remark})\n`);
    if (run.report.length < steps.length || run.report.some(({ good }) => !good))
      process.stderr.write(`the end of its console:\n${run.console.slice(-6_000)}\n`);
  }, 10 * 60_000);

  it('the machine runs to its end', () => {
    expect(run.ended).toEqual({ status: 0, signal: null, said: '' });
  });

  it.each(steps)('%s', (step) => {
    const found = run.report.find((line) => line.step === step);
    expect(found).toMatchObject({ good: true });
  });
});
