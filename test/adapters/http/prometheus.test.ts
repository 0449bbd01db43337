// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { metricDefinitions } from '#adapters/http/metrics/definitions.ts';
import { PrometheusMetrics } from '#adapters/http/metrics/prometheus.ts';
import { plan } from '#domain/offer/plan.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';
import { aBuild, activeSettings, appliedPlan } from '../../support/status-fixture.ts';

function someMetrics(): PrometheusMetrics {
  return new PrometheusMetrics(() => 1_700_000_000_000, aBuild);
}

/**
 * Returns the samples, without comments, without the buckets of histograms, and without those that describe this
 * process.
 */
async function samples(metrics: PrometheusMetrics): Promise<readonly string[]> {
  return (await metrics.text())
    .split('\n')
    .filter(
      (line) =>
        line !== '' && !line.startsWith('#') && !/_bucket{|^process_|_build_info|_allocation_duration/.test(line),
    );
}

const a = aResource({ name: 'rdma/a', rdmaHcaMax: 2 });
const b = aResource({ name: 'rdma/b', rdmaHcaMax: 1, sharing: 'device' });
const bare = anHca(1, { deviceNodes: [] });
const both = plan(settingsOf(a, b), anInventory([anHca(0), bare]));

describe('PrometheusMetrics', () => {
  it('shows the applied plan', async () => {
    const metrics = someMetrics();
    metrics.planApplied(appliedPlan({ offers: both.offers, problems: both.problems, hcas: [anHca(0), bare] }));
    metrics.settingsApplied(activeSettings({ generation: 3 }));
    expect(await samples(metrics)).toEqual([
      'rdma_shared_dp_hcas 2',
      'rdma_shared_dp_resource_hcas{resource="rdma/a"} 1',
      'rdma_shared_dp_resource_hcas{resource="rdma/b"} 1',
      'rdma_shared_dp_shares{resource="rdma/a",state="healthy"} 2',
      'rdma_shared_dp_shares{resource="rdma/a",state="unhealthy"} 0',
      'rdma_shared_dp_shares{resource="rdma/b",state="healthy"} 1',
      'rdma_shared_dp_shares{resource="rdma/b",state="unhealthy"} 1',
      'rdma_shared_dp_registered{resource="rdma/a"} 0',
      'rdma_shared_dp_registered{resource="rdma/b"} 0',
      'rdma_shared_dp_registrations_total{resource="rdma/a"} 0',
      'rdma_shared_dp_registrations_total{resource="rdma/b"} 0',
      'rdma_shared_dp_allocations_total{resource="rdma/a",result="granted"} 0',
      'rdma_shared_dp_allocations_total{resource="rdma/a",result="refused"} 0',
      'rdma_shared_dp_allocations_total{resource="rdma/b",result="granted"} 0',
      'rdma_shared_dp_allocations_total{resource="rdma/b",result="refused"} 0',
      'rdma_shared_dp_resource_hca_verdicts{resource="rdma/a",verdict="healthy"} 1',
      'rdma_shared_dp_resource_hca_verdicts{resource="rdma/a",verdict="unhealthy"} 1',
      'rdma_shared_dp_resource_hca_verdicts{resource="rdma/b",verdict="healthy"} 1',
      'rdma_shared_dp_resource_hca_verdicts{resource="rdma/b",verdict="unhealthy"} 1',
      'rdma_shared_dp_ports{link_layer="ethernet",state="active"} 2',
      'rdma_shared_dp_problems{code="HCA_IN_SEVERAL_RESOURCES",severity="warning"} 1',
      'rdma_shared_dp_settings_generation 3',
      'rdma_shared_dp_settings_info{hash="0badcafe"} 1',
      'rdma_shared_dp_settings_last_reload_successful 1',
      'rdma_shared_dp_settings_last_reload_success_timestamp_seconds 1700000000',
    ]);
  });

  it('removes gauges and problems that no longer apply, and keeps the counters', async () => {
    const metrics = someMetrics();
    metrics.planApplied(appliedPlan({ offers: both.offers, problems: both.problems }));
    metrics.allocationAnswered('rdma/b', { result: 'granted', seconds: 0.001 });
    metrics.planApplied(appliedPlan({ offers: both.offers.slice(0, 1) }));
    metrics.resourceEvent('rdma/b', 'unregistered');
    const remaining = await samples(metrics);
    expect(remaining.filter((line) => line.includes('rdma/b'))).toEqual([
      'rdma_shared_dp_registrations_total{resource="rdma/b"} 0',
      'rdma_shared_dp_allocations_total{resource="rdma/b",result="granted"} 1',
      'rdma_shared_dp_allocations_total{resource="rdma/b",result="refused"} 0',
    ]);
    expect(remaining.filter((line) => line.includes('problems'))).toEqual([]);
  });

  it('shows each HCA that needs attention with its address and the reason', async () => {
    const metrics = someMetrics();
    const strict = aResource({ health: { linkDown: 'unhealthy', holdDownSeconds: 0, forgetAfterSeconds: 60 } });
    const down = anHca(2, { ports: anHca(2).ports.map((port) => ({ ...port, state: 'DOWN' })) });
    const hcas = [anHca(0), anHca(1, { deviceNodes: [] }), down];
    const planned = plan(settingsOf(strict), anInventory(hcas), plan(settingsOf(strict), anInventory([anHca(5)])), 1);
    metrics.planApplied(appliedPlan(planned));
    expect((await samples(metrics)).filter((line) => line.includes('conditions'))).toEqual([
      'rdma_shared_dp_hca_conditions{hca="mlx5_2",pci_address="0000:02:00.0",reason="link_down"} 1',
      'rdma_shared_dp_hca_conditions{hca="mlx5_5",pci_address="0000:05:00.0",reason="gone"} 1',
    ]);
    metrics.planApplied(appliedPlan({ ...planned, conditions: [] }));
    expect((await samples(metrics)).filter((line) => line.includes('conditions'))).toEqual([]);
  });

  it('has a bounded number of series for any number of HCAs', async () => {
    const metrics = someMetrics();
    const hcas = Array.from({ length: 1000 }, (_, index) => anHca(0, { name: `mlx5_${index}`, deviceNodes: [] }));
    const { offers, problems, conditions } = plan(settingsOf(a), anInventory(hcas));
    metrics.planApplied(appliedPlan({ offers, problems, conditions, hcas }));
    const series = (await samples(metrics)).filter((line) => line.includes('conditions'));
    expect(series).toHaveLength(129);
    expect(series).toContain('rdma_shared_dp_hca_conditions{hca="",pci_address="",reason="nodes_missing"} 872');
  });

  it('counts registrations and Allocate calls, and shows whether the stream is open', async () => {
    const metrics = someMetrics();
    metrics.planApplied(appliedPlan({ offers: both.offers }));
    for (const event of ['registered', 'unregistered', 'registered'] as const) metrics.resourceEvent('rdma/a', event);
    for (const result of ['granted', 'refused', 'granted'] as const)
      metrics.allocationAnswered('rdma/a', { result, seconds: 0.002 });
    expect(
      (await samples(metrics)).filter((line) => /(registered|registrations|allocations).*rdma\/a/.test(line)),
    ).toEqual([
      'rdma_shared_dp_registered{resource="rdma/a"} 1',
      'rdma_shared_dp_registrations_total{resource="rdma/a"} 2',
      'rdma_shared_dp_allocations_total{resource="rdma/a",result="granted"} 2',
      'rdma_shared_dp_allocations_total{resource="rdma/a",result="refused"} 1',
    ]);
  });

  it('shows an open stream when a resource is offered again before its old registration has ended', async () => {
    const metrics = someMetrics();
    const registered = async (): Promise<readonly string[]> =>
      (await samples(metrics)).filter((line) => /dp_registered.*rdma\/a/.test(line));
    const offered = appliedPlan({ offers: both.offers });
    metrics.planApplied(offered);
    metrics.resourceEvent('rdma/a', 'registered');
    metrics.planApplied({ ...offered, offers: [] });
    metrics.planApplied(offered);
    metrics.resourceEvent('rdma/a', 'registered');
    metrics.resourceEvent('rdma/a', 'unregistered');
    expect(await registered()).toEqual(['rdma_shared_dp_registered{resource="rdma/a"} 1']);
    metrics.resourceEvent('rdma/a', 'unregistered');
    expect(await registered()).toEqual(['rdma_shared_dp_registered{resource="rdma/a"} 0']);
  });

  it('distinguishes a scan that found nothing from one that failed', async () => {
    const metrics = someMetrics();
    metrics.scanFinished({ discovery: 'sysfs', result: 'success', seconds: 0.004, hcas: 0 });
    metrics.scanFinished({ discovery: './acme.js', result: 'success', seconds: 0.004, hcas: 3 });
    metrics.scanFinished({ discovery: './acme.js', result: 'timeout', seconds: 2, hcas: 0 });
    expect((await samples(metrics)).filter((line) => line.includes('discovery'))).toEqual([
      'rdma_shared_dp_discovery_scans_total{discovery="sysfs",result="success"} 1',
      'rdma_shared_dp_discovery_scans_total{discovery="./acme.js",result="success"} 1',
      'rdma_shared_dp_discovery_scans_total{discovery="./acme.js",result="timeout"} 1',
      'rdma_shared_dp_discovery_scan_duration_seconds_sum{discovery="sysfs"} 0.004',
      'rdma_shared_dp_discovery_scan_duration_seconds_count{discovery="sysfs"} 1',
      'rdma_shared_dp_discovery_scan_duration_seconds_sum{discovery="./acme.js"} 2.004',
      'rdma_shared_dp_discovery_scan_duration_seconds_count{discovery="./acme.js"} 2',
      'rdma_shared_dp_discovery_hcas{discovery="sysfs"} 0',
      'rdma_shared_dp_discovery_hcas{discovery="./acme.js"} 0',
      'rdma_shared_dp_discovery_up{discovery="sysfs"} 1',
      'rdma_shared_dp_discovery_up{discovery="./acme.js"} 0',
    ]);
  });

  it('shows whether the settings that were read last are valid, and when valid ones were read', async () => {
    const metrics = someMetrics();
    const reload = async (): Promise<readonly string[]> =>
      (await samples(metrics)).filter((line) => line.includes('reload')).map((line) => line.split(' ')[1] ?? '');
    metrics.settingsApplied(activeSettings());
    metrics.settingsRejected();
    expect(await reload()).toEqual(['0', '1700000000']);
    metrics.settingsApplied(activeSettings({ hash: 'feedf00d' }));
    expect(await reload()).toEqual(['1', '1700000000']);
    expect((await samples(metrics)).filter((line) => line.includes('settings_info'))).toEqual([
      'rdma_shared_dp_settings_info{hash="feedf00d"} 1',
    ]);
  });

  it('counts the problems of rejected resources as errors', async () => {
    const metrics = someMetrics();
    const problem = { code: 'X', actor: 'operator', subject: 'x', message: 'It is bad.', remedy: 'Fix it.' } as const;
    metrics.planApplied(
      appliedPlan({ active: activeSettings({ rejected: [{ name: 'rdma/x', problems: [problem] }] }) }),
    );
    expect((await samples(metrics)).filter((line) => line.includes('problems'))).toEqual([
      'rdma_shared_dp_problems{code="X",severity="error"} 1',
    ]);
  });

  it('shows this build and this process', async () => {
    const text = await someMetrics().text();
    const { version } = process;
    expect(text).toContain(`rdma_shared_dp_build_info{version="1.2.3",commit="abc",node_version="${version}"} 1\n`);
    for (const name of ['cpu_seconds_total', 'resident_memory_bytes', 'open_fds', 'start_time_seconds'])
      expect(Number(new RegExp(`^process_${name} (\\S+)$`, 'm').exec(text)?.[1])).toBeGreaterThan(0);
  });

  it('has every metric of the definitions, with its help and type', async () => {
    const text = await someMetrics().text();
    for (const { name, kind, help } of Object.values(metricDefinitions)) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`);
    }
    expect(text.match(/^# TYPE rdma_/gm)).toHaveLength(Object.keys(metricDefinitions).length);
  });

  // The rules of promtool's linter (client_golang, testutil/promlint/validations) that can be checked by name.
  it.each(Object.values(metricDefinitions))('follows the naming conventions of Prometheus: $name', (definition) => {
    const { name, kind, help, labels } = definition;
    expect(name).toMatch(/^rdma_shared_dp(_[a-z]+)+$/);
    expect(name.endsWith('_total')).toBe(kind === 'counter');
    expect(name).not.toMatch(/_(count|sum|bucket|gauge|counter|histogram|ms|msec|sec|min|pct)(_|$)/);
    expect(kind !== 'histogram' || name.endsWith('_seconds')).toBe(true);
    expect(help).toMatch(/^[A-Z].*\.$/);
    for (const label of labels) expect(label).toMatch(/^(?!le$|quantile$)[a-z]+(_[a-z]+)*$/);
  });
});
