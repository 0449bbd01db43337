// SPDX-License-Identifier: Apache-2.0
import { array, object, optional, parse, string } from 'valibot';

/** A pod's status as the kubelet would tell the API server. `message` and `reason` are empty unless it says something. */
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

/** Reads a PodList. Throws where it is none. */
export function podStatuses(document: unknown): readonly PodStatus[] {
  return parse(list, document).items.map(({ metadata, status }) => ({ name: metadata.name, ...status }));
}
