// SPDX-License-Identifier: Apache-2.0
import { type ExplainedResource, explain } from '#domain/explanation/explanation.ts';
import { holderStatuses } from '#domain/status/holders.ts';
import type { NodeStatus, ProgramStatus, ReadStatus, ResourceStatus } from '#domain/status/node-status.ts';
import type { PodResources } from '#ports/pod-resources.ts';
import type { ResourcePublisher } from '#ports/resource-publisher.ts';
import type { GrantJournal } from '../holders/grant-journal.ts';
import type { StatusRecorder } from './recorder.ts';

export interface StatusParts {
  readonly program: ProgramStatus;
  readonly recorder: StatusRecorder;
  readonly publisher: ResourcePublisher;
  readonly podResources: PodResources;
  readonly grants: GrantJournal;
  /** Milliseconds since 1970 at the zero of the clock of `grants`. */
  readonly clockStartedAt: number;
}

/** Returns the function that puts together the status of the daemon. It never rejects. */
export function statusReader(parts: StatusParts): ReadStatus {
  return async ({ holders }) => ({ ...present(parts), holders: holders ? await holdersOf(parts) : null });
}

function present({ program, recorder, publisher }: StatusParts): NodeStatus {
  const { plan, settings, changes } = recorder;
  const rejected = plan?.active.rejected ?? [];
  const { resources: explained, unselected } =
    plan === null ? { resources: [], unselected: [] } : explain(plan, plan, rejected, null);
  const resources = explained.map((resource) => resourceStatus(resource, recorder, publisher));
  const missing = plan === null ? ['No settings are applied yet.'] : whatIsMissing(resources, rejected);
  return {
    program,
    ready: missing.length === 0,
    missing,
    settings,
    resources,
    rejected,
    unselected,
    problems: plan?.problems ?? [],
    changes,
    holders: null,
  };
}

function resourceStatus(
  explained: ExplainedResource,
  recorder: StatusRecorder,
  publisher: ResourcePublisher,
): ResourceStatus {
  const { share: _, hcas, ...resource } = explained;
  const { streams, since, registrations, granted, refused } = recorder.recordOf(resource.resource);
  const unregistered = publisher.isStandby(resource.resource) ? 'standby' : 'not-registered';
  return {
    ...resource,
    registration: streams > 0 ? 'registered' : unregistered,
    since,
    registrations,
    allocations: { granted, refused },
    hcas: hcas.map(({ share: _contents, ...hca }) => hca),
  };
}

/** A resource without HCAs is registered too. So a node without RDMA hardware is ready. */
function whatIsMissing(resources: readonly ResourceStatus[], rejected: NodeStatus['rejected']): readonly string[] {
  const unregistered = resources.filter(({ registration }) => registration !== 'registered');
  return [
    ...rejected.map(({ name, problems }) => `${name} is not offered: ${problems[0]?.message ?? 'it is rejected'}`),
    ...unregistered.map(({ resource, registration }) =>
      registration === 'standby'
        ? `${resource} is served by another instance of this program.`
        : `${resource} is not registered with the kubelet.`,
    ),
  ];
}

async function holdersOf({
  recorder,
  podResources,
  grants,
  clockStartedAt,
}: StatusParts): Promise<NodeStatus['holders']> {
  const { offers = [], conditions = [] } = recorder.plan ?? {};
  const resources = new Set(offers.map(({ resource }) => resource));
  const holders = await podResources.list((resource) => resources.has(resource));
  if (holders === null) return null;
  return holderStatuses(holders, offers, conditions, (resource, id) => {
    const at = grants.timeOf(resource, id);
    return at === null ? null : new Date(clockStartedAt + at).toISOString();
  });
}
