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
  buildInfo: {
    name: 'rdma_shared_dp_build_info',
    kind: 'gauge',
    labels: ['version', 'commit', 'node_version'],
    help: 'Always 1. The labels name this build and the version of Node.js that runs it.',
  },
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
  hcaVerdicts: {
    name: 'rdma_shared_dp_resource_hca_verdicts',
    kind: 'gauge',
    labels: ['resource', 'verdict'],
    help:
      'HCAs of the node by how the resource judges them: healthy; unhealthy; other_resource; or not_selected, ' +
      'which a selector of the resource turned away.',
  },
  ports: {
    name: 'rdma_shared_dp_ports',
    kind: 'gauge',
    labels: ['link_layer', 'state'],
    help: 'Ports of the HCAs of the node by link layer and state, as the kernel names them in lower case.',
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
  allocationDuration: {
    name: 'rdma_shared_dp_allocation_duration_seconds',
    kind: 'histogram',
    labels: [],
    help: 'Time from an Allocate call to its answer.',
  },
  problems: {
    name: 'rdma_shared_dp_problems',
    kind: 'gauge',
    labels: ['code', 'severity'],
    help:
      'Current problems, by code and severity: error if a part of the settings has no effect, else warning. ' +
      'docs/troubleshooting.md lists the codes.',
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
  settingsInfo: {
    name: 'rdma_shared_dp_settings_info',
    kind: 'gauge',
    labels: ['hash'],
    help: 'Always 1. Nodes with equal settings have the same hash.',
  },
  settingsReadSuccessful: {
    name: 'rdma_shared_dp_settings_last_reload_successful',
    kind: 'gauge',
    labels: [],
    help: 'Whether the settings that were read last are valid (1) or not (0). If not, those before stay in effect.',
  },
  settingsReadAt: {
    name: 'rdma_shared_dp_settings_last_reload_success_timestamp_seconds',
    kind: 'gauge',
    labels: [],
    help: 'When valid settings were read last.',
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
