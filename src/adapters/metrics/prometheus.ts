// SPDX-License-Identifier: Apache-2.0
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type HcaCondition, addressOf, reasonOf } from '#domain/offer/conditions/condition.ts';
import type { Offer } from '#domain/offer/offer.ts';
import type { AppliedPlan, Metrics, ScanMeasurement, ServingEvent } from '#ports/metrics.ts';
import { type MetricDefinition, metricDefinitions as definitions } from './definitions.ts';

/** Upper bounds in seconds, from the scan of a small sysfs tree to a discovery module that hangs. */
const durationBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2, 10, 60];

/** A node can have a thousand virtual functions, and a monitoring system pays for each series. */
const conditionsShown = 128;

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
  private readonly hcaConditions = this.gauge(definitions.hcaConditions);
  private readonly settingsGeneration = this.gauge(definitions.settingsGeneration);
  private readonly scans = this.counter(definitions.scans);
  private readonly scanDuration = new Histogram({
    ...this.optionsFor(definitions.scanDuration),
    buckets: durationBuckets,
  });
  private readonly discoveryHcas = this.gauge(definitions.discoveryHcas);
  private readonly discoveryUp = this.gauge(definitions.discoveryUp);
  private offeredResources: ReadonlySet<string> = new Set();
  /**
   * How many ListAndWatch streams of each resource are open. There may be two: a resource that is offered again soon
   * may have a new registration before the old one has ended.
   */
  private readonly openStreams = new Map<string, number>();

  get contentType(): string {
    return this.registry.contentType;
  }

  /** Returns the current values of all metrics. */
  async text(): Promise<string> {
    return await this.registry.metrics();
  }

  scanFinished({ discovery, result, seconds, hcas }: ScanMeasurement): void {
    this.scans.inc({ discovery, result });
    this.scanDuration.observe({ discovery }, seconds);
    this.discoveryHcas.set({ discovery }, hcas);
    this.discoveryUp.set({ discovery }, result === 'success' ? 1 : 0);
  }

  /** The counters of a resource that is no longer offered stay. */
  planApplied({ offers, problems, conditions, hcas, generation }: AppliedPlan): void {
    this.hcas.set(hcas);
    this.settingsGeneration.set(generation);
    const { shares, resourceHcas, registered, hcaConditions } = this;
    for (const gauge of [this.problems, shares, resourceHcas, registered, hcaConditions]) gauge.reset();
    for (const { code } of problems) this.problems.inc({ code });
    conditions.forEach((condition, index) => this.showCondition(condition, index < conditionsShown));
    for (const offer of offers) this.showOffer(offer);
    this.offeredResources = new Set(offers.map(({ resource }) => resource));
  }

  resourceEvent(resource: string, event: ServingEvent): void {
    if (event === 'granted' || event === 'refused') this.allocations.inc({ resource, result: event });
    else this.countStream(resource, event);
  }

  /** Whether the kubelet has a ListAndWatch stream of the resource open. */
  isRegistered(resource: string): boolean {
    return this.openStreams.has(resource);
  }

  private countStream(resource: string, event: 'registered' | 'unregistered'): void {
    if (event === 'registered') this.registrations.inc({ resource });
    const open = (this.openStreams.get(resource) ?? 0) + (event === 'registered' ? 1 : -1);
    if (open > 0) this.openStreams.set(resource, open);
    else this.openStreams.delete(resource);
    if (this.offeredResources.has(resource)) this.registered.set({ resource }, open > 0 ? 1 : 0);
  }

  private showCondition(condition: HcaCondition, isNamed: boolean): void {
    const reason = reasonOf(condition).replaceAll('-', '_');
    const place = { hca: condition.hca?.name ?? '', pci_address: addressOf(condition) ?? '' };
    if (isNamed) this.hcaConditions.set({ ...place, reason }, 1);
    else this.hcaConditions.inc({ hca: '', pci_address: '', reason });
  }

  private showOffer({ resource, shares, hcas }: Offer): void {
    const healthy = shares.filter((share) => share.healthy).length;
    this.shares.set({ resource, state: 'healthy' }, healthy);
    this.shares.set({ resource, state: 'unhealthy' }, shares.length - healthy);
    this.resourceHcas.set({ resource }, hcas.length);
    this.registered.set({ resource }, this.isRegistered(resource) ? 1 : 0);
    // Counters begin at 0: Prometheus would not see the step from no series to 1 as an increase.
    this.registrations.inc({ resource }, 0);
    for (const result of ['granted', 'refused']) this.allocations.inc({ resource, result }, 0);
  }

  private gauge(definition: MetricDefinition): Gauge {
    return new Gauge(this.optionsFor(definition));
  }

  private counter(definition: MetricDefinition): Counter {
    return new Counter(this.optionsFor(definition));
  }

  private optionsFor({ name, help, labels }: MetricDefinition) {
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}
