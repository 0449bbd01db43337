// SPDX-License-Identifier: Apache-2.0

/** One metric as Prometheus sees it. The table in docs/metrics.md is generated from these. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

/** All metrics, by the name under which the code knows them. Labels have few values: resources, adapters, codes, fixed words. */
export const metricDefinitions = {
  hcas: {
    name: 'rdma_shared_dp_hcas',
    kind: 'gauge',
    labels: [],
    help: 'HCAs that all discovery adapters together see on the node.',
  },
  resourceHcas: {
    name: 'rdma_shared_dp_resource_hcas',
    kind: 'gauge',
    labels: ['resource'],
    help: 'HCAs of a resource that user space can open now.',
  },
  shares: {
    name: 'rdma_shared_dp_shares',
    kind: 'gauge',
    labels: ['resource', 'state'],
    help: 'Shares of a resource in the list for the kubelet, healthy and unhealthy.',
  },
  registered: {
    name: 'rdma_shared_dp_registered',
    kind: 'gauge',
    labels: ['resource'],
    help: 'Whether the kubelet holds a list stream of the resource open: 1 or 0.',
  },
  registrations: {
    name: 'rdma_shared_dp_registrations_total',
    kind: 'counter',
    labels: ['resource'],
    help: 'How often the kubelet took a registration of the resource.',
  },
  allocations: {
    name: 'rdma_shared_dp_allocations_total',
    kind: 'counter',
    labels: ['resource', 'outcome'],
    help: 'Allocate calls of the kubelet, granted and refused.',
  },
  problems: {
    name: 'rdma_shared_dp_problems',
    kind: 'gauge',
    labels: ['code'],
    help: 'Problems that hold now, by their code in docs/troubleshooting.md.',
  },
  settingsGeneration: {
    name: 'rdma_shared_dp_settings_generation',
    kind: 'gauge',
    labels: [],
    help: 'Settings that came in force since the start: 1, and one more with each change.',
  },
  scans: {
    name: 'rdma_shared_dp_discovery_scans_total',
    kind: 'counter',
    labels: ['discovery', 'outcome'],
    help: 'Looks at the host by each discovery adapter or module: good (perhaps with no HCA), failed, slow, or nonsense.',
  },
  scanSeconds: {
    name: 'rdma_shared_dp_discovery_scan_duration_seconds',
    kind: 'histogram',
    labels: ['discovery'],
    help: 'How long a look at the host took.',
  },
  scanHcas: {
    name: 'rdma_shared_dp_discovery_hcas',
    kind: 'gauge',
    labels: ['discovery'],
    help: 'HCAs that the last look of each discovery found; 0 where it was not good.',
  },
  scanGood: {
    name: 'rdma_shared_dp_discovery_up',
    kind: 'gauge',
    labels: ['discovery'],
    help: 'Whether the last look of each discovery was good: 1 or 0. It tells 0 HCAs from a failure.',
  },
} as const satisfies Record<string, MetricDefinition>;
