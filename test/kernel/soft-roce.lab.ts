// SPDX-License-Identifier: Apache-2.0
import { beforeAll, expect, it } from '@jest/globals';
import { describeTier } from '../support/tier-group.ts';
import { type MachineRun, runMachine } from './machine.mjs';
import { steps } from './steps.ts';

describeTier('soft RoCE on a real kernel', () => {
  let run: MachineRun = { ended: { status: null, signal: null, stderr: 'it has not run' }, report: [], console: '' };

  beforeAll(async () => {
    run = await runMachine();
    for (const { step, passed, details } of run.report)
      process.stderr.write(`${passed ? 'ok' : 'FAILED'}: ${step} (${details})\n`);
    if (run.report.length < steps.length || run.report.some(({ passed }) => !passed))
      process.stderr.write(`the end of the console output:\n${run.console.slice(-6_000)}\n`);
  }, 10 * 60_000);

  it('the virtual machine shuts down when the steps have run', () => {
    expect(run.ended).toEqual({ status: 0, signal: null, stderr: '' });
  });

  it.each(steps)('%s', (step) => {
    const result = run.report.find((line) => line.step === step);
    expect(result).toMatchObject({ passed: true });
  });
});
