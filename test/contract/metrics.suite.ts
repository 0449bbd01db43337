// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { plan } from '#domain/offer/plan.ts';
import type { AppliedPlan, Metrics, ScanResult, ServingEvent } from '#ports/metrics.ts';
import { aResource, anHca, anInventory, settingsOf } from '../support/hca-fixture.ts';

/** An implementation of Metrics and what its owner does with it. */
export interface MetricsStage {
  readonly metrics: Metrics;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const results: readonly ScanResult[] = ['success', 'error', 'timeout', 'invalid'];
const events: readonly ServingEvent[] = ['unregistered', 'registered', 'registered', 'granted', 'refused'];
const bare = anHca(1, { deviceNodes: [] });
const { offers, problems, conditions } = plan(settingsOf(aResource({ name: 'rdma/a' })), anInventory([anHca(0), bare]));
const applied: AppliedPlan = { offers, problems, conditions, rejected: [], hcas: 2, generation: 1 };

/** Makes every kind of call, for resources that are offered and for one that never was. */
function callAll(metrics: Metrics): void {
  for (const result of results)
    metrics.scanFinished({ discovery: './a "quoted" module.js', result, seconds: 0, hcas: 0 });
  for (const state of [applied, { ...applied, offers: [], generation: 2 }, applied]) {
    metrics.planApplied(state);
    for (const event of events) metrics.resourceEvent('rdma/a', event);
    for (const event of events) metrics.resourceEvent('rdma/never-offered', event);
  }
}

/** Runs the contract of Metrics over an implementation. */
export function metricsContract(implementation: string, createStage: () => MetricsStage): void {
  describe(`Metrics: ${implementation}`, () => {
    let stage: MetricsStage;
    beforeEach(() => {
      stage = createStage();
    });
    afterEach(() => stage.stop());

    it('accepts every call before it is started', () => {
      expect(() => callAll(stage.metrics)).not.toThrow();
    });

    it('accepts every call while it runs', async () => {
      await stage.start();
      expect(() => callAll(stage.metrics)).not.toThrow();
    });

    it('accepts every call after it is stopped', async () => {
      await stage.start();
      await stage.stop();
      expect(() => callAll(stage.metrics)).not.toThrow();
    });
  });
}
