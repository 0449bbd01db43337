// SPDX-License-Identifier: Apache-2.0
import { firstOf } from '../../text/first-of.ts';
import { type Finding, bad, good, warning } from '../finding.ts';
import { environmentFindings } from './environment.ts';
import { libraryFindings } from './libraries.ts';
import { memoryFindings } from './memory.ts';
import { portFindings } from './ports.ts';
import type { PodHca, PodNode, PodSurvey } from './survey.ts';

/** Judges whether RDMA can be used in a container: one finding for each thing that must be right. */
export function podFindings(survey: PodSurvey): readonly Finding[] {
  const { nodes, hcas, netdevs, memoryLock, environment, providers } = survey;
  const granted = grantedHcas(survey);
  return [
    ...nodeFindings(nodes, hcas ?? []),
    ...(hcas === null ? [noSysfs] : []),
    ...granted.flatMap((hca) => hca.ports.flatMap((port) => portFindings(hca.name, port, netdevs))),
    ...connectionFindings(nodes),
    ...memoryFindings(memoryLock),
    ...environmentFindings(environment, hcas ?? [], granted),
    ...libraryFindings(providers, granted),
  ];
}

/** Returns the HCAs whose uverbs node is in the container. sysfs shows those of other containers too. */
function grantedHcas({ nodes, hcas }: PodSurvey): readonly PodHca[] {
  const names = new Set(nodes.map(({ name }) => name));
  return (hcas ?? []).filter(({ uverbs }) => uverbs !== null && names.has(uverbs.name));
}

const noSysfs = warning(
  'pods',
  'This container sees no RDMA devices in /sys/class/infiniband, so ports and GIDs cannot be checked.',
  'Check that /sys is mounted in the container, and that "rdma system show" prints "netns shared" on the host.',
);

function nodeFindings(nodes: readonly PodNode[], hcas: readonly PodHca[]): readonly Finding[] {
  if (!nodes.some(({ name }) => name.startsWith('uverbs')))
    return [
      bad(
        'nodes',
        'This container has no uverbs node in /dev/infiniband, so it can use no HCA.',
        'Request a share for this container: resources: {limits: {RESOURCE: 1}}. ' +
          '"rdma-shared-dp explain" in a pod of the DaemonSet lists the resources.',
      ),
    ];
  const broken = nodes.flatMap((node) => brokenNode(node, hcas));
  const whole = nodes.filter((node) => brokenNode(node, hcas).length === 0).map((node) => labelOf(node, hcas));
  return [
    ...(whole.length > 0 ? [good('nodes', `Device nodes that can be opened: ${firstOf(whole, 16)}.`)] : []),
    ...broken,
  ];
}

function brokenNode(node: PodNode, hcas: readonly PodHca[]): readonly Finding[] {
  const label = `/dev/infiniband/${node.name}`;
  const restart = 'Restart the pod: it gets the nodes of its HCAs as they are now.';
  if (node.name.startsWith('uverbs') && hcas.length > 0) {
    const owner = hcas.find(({ uverbs }) => uverbs?.name === node.name);
    if (owner === undefined) return [bad('nodes', `${label} belongs to no HCA: its HCA is gone.`, restart)];
    if (node.device !== null && node.device !== owner.uverbs?.device) {
      const [is, was] = [owner.uverbs?.device ?? 'unknown', node.device];
      return [bad('nodes', `${label} is device ${was}, but ${owner.name} is ${is} now.`, restart)];
    }
  }
  if (node.failure === null) return [];
  const [cause, remedy] = openFailures.get(node.failure) ?? [node.failure, restart];
  return [bad('nodes', `${label} cannot be opened: ${cause}.`, remedy)];
}

/** By the code of open(2): what it means for a device node, and what to do. */
const openFailures: ReadonlyMap<string, readonly [cause: string, remedy: string]> = new Map([
  [
    'EPERM',
    [
      'the container is not permitted to use it',
      'Request a share for this container. A node that is mounted from the host, without a share, cannot be used.',
    ],
  ],
  [
    'EACCES',
    [
      'its mode does not permit it to this user',
      'On the host, let everybody use it (mode 0666, as the udev rules of rdma-core do), or run as root.',
    ],
  ],
  ['ENXIO', ['its HCA is gone', 'Restart the pod. If it gets no HCA, run "rdma-shared-dp doctor" on the node.']],
  ['ENODEV', ['its HCA is gone', 'Restart the pod. If it gets no HCA, run "rdma-shared-dp doctor" on the node.']],
]);

function labelOf({ name }: PodNode, hcas: readonly PodHca[]): string {
  const owner = hcas.find(({ uverbs }) => uverbs?.name === name);
  return owner === undefined ? name : `${name} (${owner.name})`;
}

function connectionFindings(nodes: readonly PodNode[]): readonly Finding[] {
  if (nodes.length === 0 || nodes.some(({ name }) => name === 'rdma_cm')) return [];
  return [
    warning(
      'nodes',
      '/dev/infiniband/rdma_cm is missing: programs that connect by IP address, such as rping, fail.',
      'Load rdma_ucm on the node, and have rdma_cm in deviceNodes of the settings, which is the default.',
    ),
  ];
}
