// SPDX-License-Identifier: Apache-2.0
import type { ApiFailure } from '../api/failure.ts';
import { member } from '../api/json.ts';
import type { KeyedText } from '../last-good-file.ts';

/** What the API last said about the ConfigMap: its value, or why there is none. */
export type Observation =
  { readonly value: KeyedText; readonly problem: null } | ({ readonly value: null } & ApiFailure);

/** An observation, and the resourceVersion of the object; null if there is no object. */
export interface VersionedObservation {
  readonly observation: Observation;
  readonly version: string | null;
}

/**
 * Returns the newer of two observations, or the older one if both say that the API server is unreachable: the reason
 * may differ from one attempt to the next, but the condition is the same and must not be reported again.
 */
export function coalesce(older: Observation | null, newer: Observation): Observation {
  return older !== null && isUnreachable(older) && isUnreachable(newer) ? older : newer;
}

function isUnreachable(observation: Observation): boolean {
  return observation.value === null && observation.unreachable;
}

/** Returns the resourceVersion of an object of the API; null if it has none. */
export function versionOf(object: unknown): string | null {
  const version = member(member(object, 'metadata'), 'resourceVersion');
  return typeof version === 'string' && version !== '' ? version : null;
}

/**
 * Whether `version` is older than `other`. Versions of one kind of object are growing decimal numbers
 * (CompareResourceVersion in Kubernetes' apimachinery); others are not comparable.
 */
export function isOlder(version: string | null, other: string | null): boolean {
  const isNumber = (text: string | null): text is string => text !== null && /^\d+$/.test(text);
  return isNumber(version) && isNumber(other) && BigInt(version) < BigInt(other);
}
