// SPDX-License-Identifier: Apache-2.0

/** One metric as Prometheus sees it. The table in docs/metrics.md is generated from these. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  readonly help: string;
}

/** All metrics, by their names in the code. Every label has few values: resources, discoveries, codes, fixed words. */
export const metricDefinitions = {
  hcas: {
    name: 'rdma_shared_dp_hcas',
    kind: 'gauge',
    labels: [],
    help: 'HCAs on the node, found by all discovery adapters and modules.',
  },
  resourceHcas: {
    name: 'rdma_shared_dp_resource_hcas',
    kind: 'gauge',
    labels: ['resource'],
    help: 'HCAs of the resource that user space can open.',
  },
  shares: {
    name: 'rdma_shared_dp_shares',
    kind: 'gauge',
    labels: ['resource', 'state'],
    help: 'Shares of the resource in the device list for the kubelet, by state: healthy or unhealthy.',
  },
  registered: {
    name: 'rdma_shared_dp_registered',
    kind: 'gauge',
    labels: ['resource'],
    help: 'Whether the kubelet has the ListAndWatch stream of the resource open (1) or not (0).',
  },
  registrations: {
    name: 'rdma_shared_dp_registrations_total',
    kind: 'counter',
    labels: ['resource'],
    help: 'Completed registrations of the resource: the kubelet opened its ListAndWatch stream.',
  },
  allocations: {
    name: 'rdma_shared_dp_allocations_total',
    kind: 'counter',
    labels: ['resource', 'result'],
    help: 'Allocate calls from the kubelet, by result: granted or refused.',
  },
  problems: {
    name: 'rdma_shared_dp_problems',
    kind: 'gauge',
    labels: ['code'],
    help: 'Current problems, by code. docs/troubleshooting.md lists the codes.',
  },
  hcaConditions: {
    name: 'rdma_shared_dp_hca_conditions',
    kind: 'gauge',
    labels: ['hca', 'pci_address', 'reason'],
    help:
      'Conditions of selected HCAs that need attention, by reason. The first 128 have a series each; the others are ' +
      'counted by reason, with empty labels.',
  },
  settingsGeneration: {
    name: 'rdma_shared_dp_settings_generation',
    kind: 'gauge',
    labels: [],
    help: 'Generation of the effective settings: 1 at startup, incremented by each applied change.',
  },
  scans: {
    name: 'rdma_shared_dp_discovery_scans_total',
    kind: 'counter',
    labels: ['discovery', 'result'],
    help: 'Scans of the host, by discovery adapter or module and by result: success, error, timeout or invalid.',
  },
  scanDuration: {
    name: 'rdma_shared_dp_discovery_scan_duration_seconds',
    kind: 'histogram',
    labels: ['discovery'],
    help: 'Duration of a scan of the host, by discovery adapter or module.',
  },
  discoveryHcas: {
    name: 'rdma_shared_dp_discovery_hcas',
    kind: 'gauge',
    labels: ['discovery'],
    help: 'HCAs found by the latest scan of the discovery adapter or module; 0 if the scan did not succeed.',
  },
  discoveryUp: {
    name: 'rdma_shared_dp_discovery_up',
    kind: 'gauge',
    labels: ['discovery'],
    help: 'Whether the latest scan of the discovery adapter or module succeeded (1) or not (0).',
  },
} as const satisfies Record<string, MetricDefinition>;
