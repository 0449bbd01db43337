// SPDX-License-Identifier: Apache-2.0
import { member } from '../api/json.ts';
import type { ConfigMapClient } from './client.ts';
import { type Observation, isOlder, versionOf } from './observation.ts';

/** Follows the ConfigMap through the events of successive watches, and emits each new observation. */
export class ConfigMapTracker {
  /** The version that the next watch resumes from; null for a watch that begins with the object. */
  resumeFrom: string | null = null;
  /** How many events had an observation. */
  eventCount = 0;
  private stopped = false;

  /** `observedVersion` is the version of the object that is known already; null if there is none. */
  constructor(
    private readonly client: ConfigMapClient,
    private readonly emit: (observation: Observation) => void,
    private observedVersion: string | null,
  ) {}

  /** Emits nothing after this. */
  stop(): void {
    this.stopped = true;
  }

  observe(observation: Observation): void {
    if (!this.stopped) this.emit(observation);
  }

  /** Handles an event of a watch. Returns false if the watch cannot continue after it: 410 and every other error. */
  handle(event: unknown): boolean {
    const object = member(event, 'object');
    const version = versionOf(object);
    switch (member(event, 'type')) {
      case 'ADDED':
      case 'MODIFIED':
        this.handleObject(object, version);
        return true;
      case 'DELETED':
        this.observeEvent(this.client.observeObject(null), version);
        return true;
      case 'BOOKMARK':
        this.resumeFrom = version ?? this.resumeFrom;
        return true;
      default:
        return false;
    }
  }

  /** Gets the object and observes the response, unless an event arrives meanwhile: that is newer. */
  async refresh(): Promise<void> {
    const { eventCount } = this;
    const { observation, version } = await this.client.get();
    if (this.eventCount !== eventCount) return;
    this.observedVersion = version;
    this.observe(observation);
  }

  /**
   * An object that is older than the observed one comes from an API server that lags behind another one, or from a
   * cluster that was restored from a backup. A get tells which.
   */
  private handleObject(object: unknown, version: string | null): void {
    if (isOlder(version, this.observedVersion)) void this.refresh();
    else this.observeEvent(this.client.observeObject(object), version);
  }

  private observeEvent(observation: Observation, version: string | null): void {
    this.resumeFrom = version ?? this.resumeFrom;
    this.observedVersion = version ?? this.observedVersion;
    this.eventCount += 1;
    this.observe(observation);
  }
}
