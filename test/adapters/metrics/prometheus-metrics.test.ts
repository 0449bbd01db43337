// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { metricDefinitions } from '#adapters/metrics/metric-definitions.ts';
import { PrometheusMetrics } from '#adapters/metrics/prometheus-metrics.ts';
import { plan } from '#domain/offer/plan.ts';
import { aResource, anHca, anInventory, settingsOf } from '../../support/hca-fixture.ts';

/** The samples without comments and without the buckets of histograms. */
async function samples(metrics: PrometheusMetrics): Promise<readonly string[]> {
  return (await metrics.text())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket{'));
}

const a = aResource({ name: 'rdma/a', rdmaHcaMax: 2 });
const b = aResource({ name: 'rdma/b', rdmaHcaMax: 1, sharing: 'device' });
const both = plan(settingsOf(a, b), anInventory([anHca(0), anHca(1, { deviceNodes: [] })]));

describe('the metrics', () => {
  it('show what is in force', async () => {
    const metrics = new PrometheusMetrics();
    metrics.applied({ offers: both.offers, problems: both.problems, hcas: 2, generation: 3 });
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
      'rdma_shared_dp_allocations_total{resource="rdma/a",outcome="granted"} 0',
      'rdma_shared_dp_allocations_total{resource="rdma/a",outcome="refused"} 0',
      'rdma_shared_dp_allocations_total{resource="rdma/b",outcome="granted"} 0',
      'rdma_shared_dp_allocations_total{resource="rdma/b",outcome="refused"} 0',
      'rdma_shared_dp_problems{code="HCA_IN_SEVERAL_RESOURCES"} 1',
      'rdma_shared_dp_settings_generation 3',
    ]);
  });

  it('show no more of what has gone, but what was counted', async () => {
    const metrics = new PrometheusMetrics();
    metrics.applied({ offers: both.offers, problems: both.problems, hcas: 2, generation: 1 });
    metrics.served('rdma/b', 'granted');
    metrics.applied({ offers: both.offers.slice(0, 1), problems: [], hcas: 2, generation: 2 });
    metrics.served('rdma/b', 'unregistered');
    const left = await samples(metrics);
    expect(left.filter((line) => line.includes('rdma/b'))).toEqual([
      'rdma_shared_dp_registrations_total{resource="rdma/b"} 0',
      'rdma_shared_dp_allocations_total{resource="rdma/b",outcome="granted"} 1',
      'rdma_shared_dp_allocations_total{resource="rdma/b",outcome="refused"} 0',
    ]);
    expect(left.filter((line) => line.includes('problems'))).toEqual([]);
  });

  it('count registrations and answers, and say whether the list is open', async () => {
    const metrics = new PrometheusMetrics();
    metrics.applied({ offers: both.offers, problems: [], hcas: 2, generation: 1 });
    for (const event of ['registered', 'granted', 'refused', 'unregistered', 'registered', 'granted'] as const)
      metrics.served('rdma/a', event);
    expect(
      (await samples(metrics)).filter((line) => /(registered|registrations|allocations).*rdma\/a/.test(line)),
    ).toEqual([
      'rdma_shared_dp_registered{resource="rdma/a"} 1',
      'rdma_shared_dp_registrations_total{resource="rdma/a"} 2',
      'rdma_shared_dp_allocations_total{resource="rdma/a",outcome="granted"} 2',
      'rdma_shared_dp_allocations_total{resource="rdma/a",outcome="refused"} 1',
    ]);
  });

  it('say that the list is open where a resource is offered again before its old registration has ended', async () => {
    const metrics = new PrometheusMetrics();
    const registered = async (): Promise<readonly string[]> =>
      (await samples(metrics)).filter((line) => /dp_registered.*rdma\/a/.test(line));
    const offered = { offers: both.offers, problems: [], hcas: 2, generation: 1 };
    metrics.applied(offered);
    metrics.served('rdma/a', 'registered');
    metrics.applied({ ...offered, offers: [] });
    metrics.applied(offered);
    metrics.served('rdma/a', 'registered');
    metrics.served('rdma/a', 'unregistered');
    expect(await registered()).toEqual(['rdma_shared_dp_registered{resource="rdma/a"} 1']);
    metrics.served('rdma/a', 'unregistered');
    expect(await registered()).toEqual(['rdma_shared_dp_registered{resource="rdma/a"} 0']);
  });

  it('tell a look that found nothing from one that failed', async () => {
    const metrics = new PrometheusMetrics();
    metrics.scanned({ discovery: 'sysfs', outcome: 'good', seconds: 0.004, hcas: 0 });
    metrics.scanned({ discovery: './acme.js', outcome: 'good', seconds: 0.004, hcas: 3 });
    metrics.scanned({ discovery: './acme.js', outcome: 'slow', seconds: 2, hcas: 0 });
    expect((await samples(metrics)).filter((line) => line.includes('discovery'))).toEqual([
      'rdma_shared_dp_discovery_scans_total{discovery="sysfs",outcome="good"} 1',
      'rdma_shared_dp_discovery_scans_total{discovery="./acme.js",outcome="good"} 1',
      'rdma_shared_dp_discovery_scans_total{discovery="./acme.js",outcome="slow"} 1',
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

  it('are those that are defined, each with its help and kind', async () => {
    const text = await new PrometheusMetrics().text();
    for (const { name, kind, help } of Object.values(metricDefinitions)) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`);
    }
    expect(text.match(/^# TYPE/gm)).toHaveLength(Object.keys(metricDefinitions).length);
  });
});
