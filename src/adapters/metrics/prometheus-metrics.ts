// SPDX-License-Identifier: Apache-2.0
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Offer } from '#domain/offer/offer.ts';
import type { Metrics, ScanMeasure, ServingEvent, StateInForce } from '#ports/metrics.ts';
import { type MetricDefinition, metricDefinitions as definitions } from './metric-definitions.ts';

/** From a look at a small sysfs tree to the end of a module that does not answer. */
const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2, 10, 60];

/** The metrics of this process in the text format of Prometheus. */
export class PrometheusMetrics implements Metrics {
  private readonly registry = new Registry();
  private readonly hcas = this.gauge(definitions.hcas);
  private readonly resourceHcas = this.gauge(definitions.resourceHcas);
  private readonly shares = this.gauge(definitions.shares);
  private readonly registered = this.gauge(definitions.registered);
  private readonly registrations = this.counter(definitions.registrations);
  private readonly allocations = this.counter(definitions.allocations);
  private readonly problems = this.gauge(definitions.problems);
  private readonly settingsGeneration = this.gauge(definitions.settingsGeneration);
  private readonly scans = this.counter(definitions.scans);
  private readonly scanSeconds = new Histogram({ ...this.optionsOf(definitions.scanSeconds), buckets: secondsBuckets });
  private readonly scanHcas = this.gauge(definitions.scanHcas);
  private readonly scanGood = this.gauge(definitions.scanGood);
  private readonly known = new Set<string>();
  /** List streams of each resource, by registration: one that is offered again soon has a new one before the old one has ended. */
  private readonly open = new Map<string, number>();

  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics as they are now. */
  async text(): Promise<string> {
    return await this.registry.metrics();
  }

  scanned({ discovery, outcome, seconds, hcas }: ScanMeasure): void {
    this.scans.inc({ discovery, outcome });
    this.scanSeconds.observe({ discovery }, seconds);
    this.scanHcas.set({ discovery }, hcas);
    this.scanGood.set({ discovery }, outcome === 'good' ? 1 : 0);
  }

  applied({ offers, problems, hcas, generation }: StateInForce): void {
    this.hcas.set(hcas);
    this.settingsGeneration.set(generation);
    this.problems.reset();
    for (const { code } of problems) this.problems.inc({ code });
    for (const resource of this.known) if (!offers.some((offer) => offer.resource === resource)) this.forget(resource);
    for (const offer of offers) this.offered(offer);
  }

  served(resource: string, event: ServingEvent): void {
    if (event === 'granted' || event === 'refused') this.allocations.inc({ resource, outcome: event });
    else this.listed(resource, event);
  }

  private listed(resource: string, event: 'registered' | 'unregistered'): void {
    if (event === 'registered') this.registrations.inc({ resource });
    const open = (this.open.get(resource) ?? 0) + (event === 'registered' ? 1 : -1);
    if (open > 0) this.open.set(resource, open);
    else this.open.delete(resource);
    if (this.known.has(resource)) this.registered.set({ resource }, open > 0 ? 1 : 0);
  }

  private offered({ resource, shares, hcas }: Offer): void {
    if (!this.known.has(resource)) this.begin(resource);
    const healthy = shares.filter((share) => share.healthy).length;
    this.shares.set({ resource, state: 'healthy' }, healthy);
    this.shares.set({ resource, state: 'unhealthy' }, shares.length - healthy);
    this.resourceHcas.set({ resource }, hcas.length);
  }

  /** What is counted begins at 0, so that the first of each can be seen as a change. */
  private begin(resource: string): void {
    this.known.add(resource);
    this.registered.set({ resource }, this.open.has(resource) ? 1 : 0);
    this.registrations.inc({ resource }, 0);
    for (const outcome of ['granted', 'refused']) this.allocations.inc({ resource, outcome }, 0);
  }

  /** Of a resource that is offered no more, what was counted stays. */
  private forget(resource: string): void {
    this.known.delete(resource);
    for (const state of ['healthy', 'unhealthy']) this.shares.remove({ resource, state });
    for (const gauge of [this.resourceHcas, this.registered]) gauge.remove({ resource });
  }

  private gauge(definition: MetricDefinition): Gauge {
    return new Gauge(this.optionsOf(definition));
  }

  private counter(definition: MetricDefinition): Counter {
    return new Counter(this.optionsOf(definition));
  }

  private optionsOf({ name, help, labels }: MetricDefinition): {
    name: string;
    help: string;
    labelNames: string[];
    registers: Registry[];
  } {
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}
