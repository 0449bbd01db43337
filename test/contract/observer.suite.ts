// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { plan } from '#domain/offer/plan.ts';
import type { Observer, ScanResult, ServingEvent } from '#ports/observer.ts';
import { aResource, anHca, anInventory, settingsOf } from '../support/hca-fixture.ts';
import { activeSettings, appliedPlan } from '../support/status-fixture.ts';

/** An implementation of Observer and what its owner does with it. */
export interface ObserverStage {
  readonly observer: Observer;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const results: readonly ScanResult[] = ['success', 'error', 'timeout', 'invalid'];
const events: readonly ServingEvent[] = ['unregistered', 'registered', 'registered'];
const bare = anHca(1, { deviceNodes: [] });
const { offers, problems, conditions } = plan(settingsOf(aResource({ name: 'rdma/a' })), anInventory([anHca(0), bare]));
const applied = appliedPlan({ offers, problems, conditions, hcas: [anHca(0), bare] });

/** Makes every kind of call, for resources that are offered and for one that never was. */
function callAll(observer: Observer): void {
  for (const result of results)
    observer.scanFinished({ discovery: './a "quoted" module.js', result, seconds: 0, hcas: 0 });
  for (const state of [applied, appliedPlan({ active: activeSettings({ generation: 2 }) }), applied]) {
    observer.settingsApplied(state.active);
    observer.settingsRejected(problems);
    observer.planApplied(state);
    for (const resource of ['rdma/a', 'rdma/never-offered']) {
      for (const event of events) observer.resourceEvent(resource, event);
      for (const result of ['granted', 'refused'] as const)
        observer.allocationAnswered(resource, { result, seconds: 0.001 });
    }
  }
}

/** Runs the contract of Observer over an implementation. */
export function observerContract(implementation: string, createStage: () => ObserverStage): void {
  describe(`Observer: ${implementation}`, () => {
    let stage: ObserverStage;
    beforeEach(() => {
      stage = createStage();
    });
    afterEach(() => stage.stop());

    it('accepts every call before it is started', () => {
      expect(() => callAll(stage.observer)).not.toThrow();
    });

    it('accepts every call while it runs', async () => {
      await stage.start();
      expect(() => callAll(stage.observer)).not.toThrow();
    });

    it('accepts every call after it is stopped', async () => {
      await stage.start();
      await stage.stop();
      expect(() => callAll(stage.observer)).not.toThrow();
    });
  });
}
