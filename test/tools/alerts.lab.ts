// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { array, looseObject, parse, record, string } from 'valibot';
import { parse as parseYaml, stringify } from 'yaml';
import { describeTier } from '../support/tier-group.ts';

const manifest = fileURLToPath(new URL('../../deploy/kustomize/components/prometheus/rules.yaml', import.meta.url));

const ruleShape = looseObject({ alert: string(), expr: string(), annotations: record(string(), string()) });
const shape = looseObject({ spec: looseObject({ groups: array(looseObject({ rules: array(ruleShape) })) }) });
const { spec } = parse(shape, parseYaml(readFileSync(manifest, 'utf8')));
const rules = spec.groups.flatMap((group) => group.rules);

/** By alert: a series that fires it within ten minutes, and one that does not. */
const series: Readonly<Record<string, readonly [firing: string, quiet: string]>> = {
  RdmaResourceNotRegistered: ['rdma_shared_dp_registered{N} 0x20', 'rdma_shared_dp_registered{N} 0 0 1x20'],
  RdmaHcaNeedsAttention: ['rdma_shared_dp_hca_conditions{N} 1x20', 'rdma_shared_dp_hca_conditions{N} 1 1 0x20'],
  RdmaSettingsRejected: [
    'rdma_shared_dp_settings_last_reload_successful{N} 0x20',
    'rdma_shared_dp_settings_last_reload_successful{N} 1x20',
  ],
  RdmaAllocationsRefused: [
    'rdma_shared_dp_allocations_total{N,result="refused"} 0x5 1x20',
    'rdma_shared_dp_allocations_total{N,result="granted"} 0+5x20',
  ],
  RdmaRegistrationUnstable: [
    'rdma_shared_dp_registrations_total{N} 1+1x20',
    'rdma_shared_dp_registrations_total{N} 1x5 2x20',
  ],
  RdmaDiscoveryFails: ['rdma_shared_dp_discovery_up{N} 0x20', 'rdma_shared_dp_discovery_up{N} 1x20'],
  RdmaDriverHangs: [
    'rdma_shared_dp_problems{N,code="HCA_SCAN_STUCK"} 1x20',
    'rdma_shared_dp_problems{N,code="RESOURCE_EMPTY"} 1x20',
  ],
};

describeTier('the alerts of deploy/kustomize/components/prometheus', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'alerts-'));
    writeFileSync(join(directory, 'rules.yaml'), stringify(spec));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  function promtool(...words: readonly string[]): { readonly status: number | null; readonly output: string } {
    const { status, stdout, stderr } = spawnSync('promtool', words, { cwd: directory, encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  }

  /** Returns how many alerts of that name promtool sees after ten minutes of a series. */
  function fires(alert: string, values: string): boolean {
    const [name = '', ...samples] = values.replace('N', 'node="n",resource="rdma/a"').split(/(?<=\}) /);
    const input = { series: name, values: samples.join(' ') };
    const test = {
      rule_files: ['rules.yaml'],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: [input],
          alert_rule_test: [{ eval_time: '10m', alertname: alert, exp_alerts: [] }],
        },
      ],
    };
    writeFileSync(join(directory, 'test.yaml'), stringify(test));
    const { status, output } = promtool('test', 'rules', 'test.yaml');
    // It expects none: if there is one, it fails and shows it.
    if (status !== 0 && !output.includes(`alertname="${alert}"`)) throw new Error(output);
    return status !== 0;
  }

  it('are valid', () => {
    expect(promtool('check', 'rules', 'rules.yaml')).toMatchObject({ status: 0 });
  });

  it('have a summary and a description each, and a test', () => {
    expect(rules.map(({ alert }) => alert).toSorted()).toEqual(Object.keys(series).toSorted());
    for (const { annotations } of rules) expect(Object.keys(annotations)).toEqual(['summary', 'description']);
  });

  it.each(Object.entries(series))('fire when they should, and only then: %s', (alert, [firing, quiet]) => {
    expect([fires(alert, firing), fires(alert, quiet)]).toEqual([true, false]);
  });
});
