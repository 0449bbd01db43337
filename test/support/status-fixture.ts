// SPDX-License-Identifier: Apache-2.0
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { NodeStatus } from '#domain/status/node-status.ts';
import type { AppliedPlan } from '#ports/observer.ts';
import { settingsOf } from './hca-fixture.ts';

export const aBuild = { version: '1.2.3', commit: 'abc' };

export function activeSettings(change: Partial<ActiveSettings> = {}): ActiveSettings {
  return { settings: settingsOf(), rejected: [], nodeEntries: [], generation: 1, hash: '0badcafe', ...change };
}

export function appliedPlan(change: Partial<AppliedPlan> = {}): AppliedPlan {
  return { active: activeSettings(), offers: [], problems: [], conditions: [], hcas: [], ...change };
}

export function aStatus(change: Partial<NodeStatus> = {}): NodeStatus {
  return {
    program: { ...aBuild, pid: 7, node: 'gpu-17', startedAt: '2026-01-02T03:04:05.000Z' },
    ready: true,
    missing: [],
    settings: {
      generation: 1,
      hash: '0badcafe',
      nodeEntries: [],
      lastRead: { at: '2026-01-02T03:04:05.100Z', valid: true, problems: [] },
    },
    resources: [],
    rejected: [],
    unselected: [],
    problems: [],
    changes: [],
    holders: null,
    ...change,
  };
}
