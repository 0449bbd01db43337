// SPDX-License-Identifier: Apache-2.0
import { member } from '../api/json.ts';
import { type ConfigMapClient, type Observation, versionOf } from './client.ts';

/** Follows the ConfigMap through the events of successive watches, and emits each new observation. */
export class ConfigMapTracker {
  /** The version that the next watch resumes from; null for a watch that begins with the object. */
  resumeFrom: string | null = null;
  /** How many events had an observation. */
  eventCount = 0;

  /** `observedVersion` is the version of the object that is known already; null if there is none. */
  constructor(
    private readonly client: ConfigMapClient,
    private readonly emit: (observation: Observation) => void,
    private observedVersion: string | null,
  ) {}

  /** Handles an event of a watch. Returns false if the watch cannot continue after it: 410 and every other error. */
  handle(event: unknown): boolean {
    const object = member(event, 'object');
    switch (member(event, 'type')) {
      case 'ADDED':
      case 'MODIFIED':
        this.handleObject(this.client.observeObject(object));
        return true;
      case 'DELETED':
        this.accept(this.client.observeDeletion(object));
        return true;
      case 'BOOKMARK':
        this.resumeFrom = versionOf(object) ?? this.resumeFrom;
        return true;
      default:
        return false;
    }
  }

  /** Gets the object and emits the observation, unless an event arrives meanwhile: that is newer. */
  async refresh(): Promise<void> {
    const { eventCount } = this;
    const observation = await this.client.get();
    if (this.eventCount !== eventCount) return;
    this.observedVersion = observation.version;
    this.emit(observation);
  }

  /**
   * An object that is older than the observed one comes from an API server that lags behind another one, or from a
   * cluster that was restored from a backup. A get distinguishes the two.
   */
  private handleObject(observation: Observation): void {
    if (isOlder(observation.version, this.observedVersion)) void this.refresh();
    else this.accept(observation);
  }

  private accept(observation: Observation): void {
    this.resumeFrom = observation.version ?? this.resumeFrom;
    this.observedVersion = observation.version ?? this.observedVersion;
    this.eventCount += 1;
    this.emit(observation);
  }
}

/**
 * Whether `version` is older than `other`. Versions of one kind of object are growing decimal numbers
 * (CompareResourceVersion in Kubernetes' apimachinery); others are not comparable.
 */
function isOlder(version: string | null, other: string | null): boolean {
  const isNumber = (text: string | null): text is string => text !== null && /^\d+$/.test(text);
  return isNumber(version) && isNumber(other) && BigInt(version) < BigInt(other);
}
