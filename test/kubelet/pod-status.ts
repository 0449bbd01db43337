// SPDX-License-Identifier: Apache-2.0
import { array, object, optional, parse, string } from 'valibot';

/** A pod's status as the kubelet would report it to the API server. `message` and `reason` can be empty. */
export interface PodStatus {
  readonly name: string;
  readonly phase: string;
  readonly reason: string;
  readonly message: string;
}

const list = object({
  items: array(
    object({
      metadata: object({ name: string() }),
      status: object({
        phase: optional(string(), ''),
        reason: optional(string(), ''),
        message: optional(string(), ''),
      }),
    }),
  ),
});

/** Returns the statuses of a PodList. Throws if the document is not a PodList. */
export function podStatuses(document: unknown): readonly PodStatus[] {
  return parse(list, document).items.map(({ metadata, status }) => ({ name: metadata.name, ...status }));
}
