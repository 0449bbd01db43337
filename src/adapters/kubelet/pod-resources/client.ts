// SPDX-License-Identifier: Apache-2.0
import { type ShareHolder, mergeHolders } from '#domain/offer/share-holder.ts';
import { messageOf } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';
import type { PodResources } from '#ports/pod-resources.ts';
import { withDeadline } from '#timing/deadline.ts';
import type { ListPodResourcesResponse } from '#adapters/kubelet-api/generated/podresources/v1/api.ts';
import { listPodResources } from './list-call.ts';

/** A kubelet answers within milliseconds. One that takes longer is stuck, and callers can do without its answer. */
const deadlineMs = 3_000;

interface Parts {
  /** The path of the kubelet's socket, which may be absent. */
  readonly socket: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Asks the kubelet through its PodResources API. A failure is only logged, at level `debug` and once until the reason
 * changes, because a node may lack the socket on purpose.
 */
export class KubeletPodResources implements PodResources {
  private underway: Promise<ListPodResourcesResponse | null> | null = null;
  private failure: string | null = null;

  constructor(private readonly parts: Parts) {}

  async list(isWanted: (resource: string) => boolean): Promise<readonly ShareHolder[] | null> {
    this.underway ??= this.ask().finally(() => {
      this.underway = null;
    });
    const answer = await this.underway;
    return answer === null ? null : holdersIn(answer, isWanted);
  }

  private async ask(): Promise<ListPodResourcesResponse | null> {
    const { clock, socket } = this.parts;
    const ending = new AbortController();
    const late = (): never => {
      throw new Error(`no answer within ${deadlineMs / 1000} s`);
    };
    try {
      const answer = await withDeadline(clock, deadlineMs, listPodResources(socket, ending.signal), late);
      this.failure = null;
      return answer;
    } catch (error) {
      this.report(messageOf(error));
      return null;
    } finally {
      ending.abort();
    }
  }

  private report(reason: string): void {
    const { logger, socket } = this.parts;
    if (reason !== this.failure) logger.log('debug', 'cannot list pods', { socket, reason });
    this.failure = reason;
  }
}

function holdersIn(
  { podResources }: ListPodResourcesResponse,
  isWanted: (resource: string) => boolean,
): readonly ShareHolder[] {
  return mergeHolders(
    podResources.flatMap(({ namespace, name: pod, containers }) =>
      containers.flatMap(({ name: container, devices }) =>
        devices
          .filter(({ resourceName }) => isWanted(resourceName))
          .map(({ resourceName: resource, deviceIds: shareIds }) => ({
            namespace,
            pod,
            container,
            resource,
            shareIds,
          })),
      ),
    ),
  );
}
