// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { KubernetesConfigSource } from '#adapters/kubernetes/config-map/config-source.ts';
import { type WatchPace, usualPace } from '#adapters/kubernetes/config-map/watch-pace.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { livenessMs } from '../../../support/node-fixture.ts';
import { FakeApiServer } from '../../../support/fake-api-server.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

export interface SourceOptions {
  readonly name?: string;
  readonly key?: string | null;
  readonly stateDirectory?: string | null;
  /** Returns the CA as PEM. */
  readonly ca?: () => string;
  readonly random?: number;
  readonly pace?: WatchPace;
}

/** Settings sources over a fake API server, with a stepped clock and a directory for state. */
export class SourceFixture {
  readonly server = new FakeApiServer();
  readonly clock = new SteppedClock();
  readonly directory = mkdtempSync(join(tmpdir(), 'rdma-kubernetes-'));
  private readonly stops: (() => void)[] = [];

  static async start(): Promise<SourceFixture> {
    const fixture = new SourceFixture();
    await fixture.server.start();
    return fixture;
  }

  async close(): Promise<void> {
    this.stopWatches();
    await this.server.stop();
    rmSync(this.directory, { recursive: true });
  }

  source(options: SourceOptions = {}): KubernetesConfigSource {
    const { name = 'settings', key = null, stateDirectory = null, ca, random = 0.5, pace = usualPace } = options;
    return new KubernetesConfigSource({
      access: this.server.access(ca),
      configMap: { namespace: 'ns', name },
      key,
      stateDirectory,
      decode: readSettings,
      clock: this.clock,
      random: () => random,
      pace,
    });
  }

  /** Watches a source until the test ends. Returns the count of its hints. */
  watch(source: KubernetesConfigSource, onHint: () => unknown = () => {}): { hints: number } {
    const heard = { hints: 0 };
    const stop = source.watch(() => {
      heard.hints += 1;
      onHint();
    });
    this.stops.push(stop);
    return heard;
  }

  stopWatches(): void {
    for (const stop of this.stops.splice(0)) stop();
  }

  /** Reads a source, watches it, and waits until its watch is open. */
  async watchedSource(options: SourceOptions = {}) {
    const source = this.source(options);
    await source.read();
    const heard = this.watch(source);
    await this.until('an open watch', () => this.server.openWatches === 1);
    return { source, heard };
  }

  /** Puts settings with so many shares into the ConfigMap. */
  setShares(rdmaHcaMax: number): void {
    this.server.set('settings', { data: { 'config.json': settingsOf(rdmaHcaMax) } });
  }

  async readsShares(source: KubernetesConfigSource, shares: number): Promise<void> {
    await this.until(`${shares} shares`, async () => sharesOf(await source.read()) === shares);
  }

  /** Waits until a condition holds, with or without stepping the clock. */
  async until(what: string, holds: () => boolean | Promise<boolean>, stepMs = 100): Promise<void> {
    const end = performance.now() + livenessMs;
    while (!(await holds())) {
      if (performance.now() > end) throw new Error(`never: ${what}`);
      await this.clock.step(stepMs);
    }
  }
}

/** A settings document with one resource of so many shares. */
export function settingsOf(rdmaHcaMax: number): string {
  return JSON.stringify({ configList: [{ resourceName: 'a', rdmaHcaMax, selectors: { vendors: ['15b3'] } }] });
}

export function sharesOf(reading: ConfigReading): number | undefined {
  return reading.valid ? reading.settings.resources[0]?.rdmaHcaMax : undefined;
}

/** Returns the first problem of an invalid reading. */
export function problemOf(reading: ConfigReading): Problem {
  if (reading.valid || reading.problems[0] === undefined) throw new Error(`no problem: ${JSON.stringify(reading)}`);
  return reading.problems[0];
}
