// SPDX-License-Identifier: Apache-2.0
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type HcaCondition, addressOf, reasonOf } from '#domain/offer/conditions/condition.ts';
import type { Offer } from '#domain/offer/offer.ts';
import { countHealthy, countShares } from '#domain/offer/share.ts';
import type { Hca } from '#domain/hca/hca.ts';
import type { Verdict } from '#domain/offer/verdict.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { ActiveSettings } from '#domain/settings/active-settings.ts';
import type { AllocationMeasurement, AppliedPlan, Observer, ScanMeasurement, ServingEvent } from '#ports/observer.ts';
import { type MetricDefinition, metricDefinitions as definitions } from './definitions.ts';
import { registerProcessMetrics } from './process-metrics.ts';

/** Upper bounds in seconds, from the scan of a small sysfs tree to a discovery module that hangs. */
const scanBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2, 10, 60];

/** Upper bounds in seconds, from an answer that is looked up to a kubelet that has given up. */
const allocationBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 1, 10];

/** A node can have a thousand virtual functions, and a monitoring system pays for each series. */
const conditionsShown = 128;

/** The metrics of this process in the text format of Prometheus. */
export class PrometheusMetrics implements Observer {
  private readonly registry = new Registry();
  private readonly hcas = this.gauge(definitions.hcas);
  private readonly resourceHcas = this.gauge(definitions.resourceHcas);
  private readonly shares = this.gauge(definitions.shares);
  private readonly registered = this.gauge(definitions.registered);
  private readonly registrations = this.counter(definitions.registrations);
  private readonly allocations = this.counter(definitions.allocations);
  private readonly allocationDuration = new Histogram({
    ...this.optionsFor(definitions.allocationDuration),
    buckets: allocationBuckets,
  });
  private readonly hcaVerdicts = this.gauge(definitions.hcaVerdicts);
  private readonly ports = this.gauge(definitions.ports);
  private readonly problems = this.gauge(definitions.problems);
  private readonly hcaConditions = this.gauge(definitions.hcaConditions);
  private readonly settingsGeneration = this.gauge(definitions.settingsGeneration);
  private readonly settingsInfo = this.gauge(definitions.settingsInfo);
  private readonly settingsReadSuccessful = this.gauge(definitions.settingsReadSuccessful);
  private readonly settingsReadAt = this.gauge(definitions.settingsReadAt);
  private readonly scans = this.counter(definitions.scans);
  private readonly scanDuration = new Histogram({ ...this.optionsFor(definitions.scanDuration), buckets: scanBuckets });
  private readonly discoveryHcas = this.gauge(definitions.discoveryHcas);
  private readonly discoveryUp = this.gauge(definitions.discoveryUp);
  private offeredResources: ReadonlySet<string> = new Set();
  /**
   * How many ListAndWatch streams of each resource are open. There may be two: a resource that is offered again soon
   * may have a new registration before the old one has ended.
   */
  private readonly openStreams = new Map<string, number>();

  /** `wallClock` returns milliseconds since 1970. */
  constructor(
    private readonly wallClock: () => number,
    { version, commit }: { readonly version: string; readonly commit: string },
  ) {
    this.gauge(definitions.buildInfo).set({ version, commit, node_version: process.version }, 1);
    registerProcessMetrics(this.registry);
  }

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

  settingsApplied({ generation, hash }: ActiveSettings): void {
    this.settingsGeneration.set(generation);
    this.settingsInfo.reset();
    this.settingsInfo.set({ hash }, 1);
    this.settingsReadSuccessful.set(1);
    this.settingsReadAt.set(this.wallClock() / 1000);
  }

  settingsRejected(): void {
    this.settingsReadSuccessful.set(0);
  }

  /** The counters of a resource that is no longer offered stay. */
  planApplied({ active, offers, problems, conditions, hcas }: AppliedPlan): void {
    this.hcas.set(hcas.length);
    const { shares, resourceHcas, registered, hcaConditions, hcaVerdicts, ports } = this;
    for (const gauge of [this.problems, shares, resourceHcas, registered, hcaConditions, hcaVerdicts, ports])
      gauge.reset();
    this.showProblems('warning', problems);
    this.showProblems(
      'error',
      active.rejected.flatMap((resource) => resource.problems),
    );
    conditions.forEach((condition, index) => this.showCondition(condition, index < conditionsShown));
    for (const offer of offers) this.showOffer(offer);
    for (const hca of hcas) this.showPorts(hca);
    this.offeredResources = new Set(offers.map(({ resource }) => resource));
  }

  resourceEvent(resource: string, event: ServingEvent): void {
    if (event === 'registered') this.registrations.inc({ resource });
    const open = (this.openStreams.get(resource) ?? 0) + (event === 'registered' ? 1 : -1);
    if (open > 0) this.openStreams.set(resource, open);
    else this.openStreams.delete(resource);
    if (this.offeredResources.has(resource)) this.registered.set({ resource }, open > 0 ? 1 : 0);
  }

  allocationAnswered(resource: string, { result, seconds }: AllocationMeasurement): void {
    this.allocations.inc({ resource, result });
    this.allocationDuration.observe(seconds);
  }

  private showProblems(severity: 'warning' | 'error', problems: readonly Problem[]): void {
    for (const { code } of problems) this.problems.inc({ code, severity });
  }

  private showPorts({ ports }: Hca): void {
    for (const { linkLayer, state } of ports) this.ports.inc({ link_layer: wordOf(linkLayer), state: wordOf(state) });
  }

  private showCondition(condition: HcaCondition, isNamed: boolean): void {
    const reason = reasonOf(condition).replaceAll('-', '_');
    const place = { hca: condition.hca?.name ?? '', pci_address: addressOf(condition) ?? '' };
    if (isNamed) this.hcaConditions.set({ ...place, reason }, 1);
    else this.hcaConditions.inc({ hca: '', pci_address: '', reason });
  }

  private showOffer({ resource, shares, hcas, verdicts }: Offer): void {
    const healthy = countHealthy(shares);
    this.shares.set({ resource, state: 'healthy' }, healthy);
    this.shares.set({ resource, state: 'unhealthy' }, countShares(shares) - healthy);
    this.resourceHcas.set({ resource }, hcas.length);
    this.registered.set({ resource }, this.openStreams.has(resource) ? 1 : 0);
    for (const verdict of verdicts) this.hcaVerdicts.inc({ resource, verdict: verdictWord(verdict, resource) });
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

/** `ACTIVE` becomes `active`. */
function wordOf(text: string | null): string {
  return text === null ? 'unknown' : text.toLowerCase();
}

function verdictWord({ selection, unhealthy }: Verdict, resource: string): string {
  if (!selection.selected) return 'not_selected';
  if (selection.resource !== resource) return 'other_resource';
  return unhealthy === null ? 'healthy' : 'unhealthy';
}
