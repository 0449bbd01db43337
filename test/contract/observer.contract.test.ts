// SPDX-License-Identifier: Apache-2.0
import { HttpEndpoint } from '#adapters/http/endpoint.ts';
import { PrometheusMetrics } from '#adapters/http/metrics/prometheus.ts';
import { Observers } from '#app/status/observers.ts';
import { StatusRecorder } from '#app/status/recorder.ts';
import type { Observer } from '#ports/observer.ts';
import { aBuild, aStatus } from '../support/status-fixture.ts';
import { type ObserverStage, observerContract } from './observer.suite.ts';

/** A stage for an observer that has neither a start nor a stop. */
function alwaysOn(observer: Observer): ObserverStage {
  return { observer, start: () => Promise.resolve(), stop: () => Promise.resolve() };
}

observerContract('Observers', () => alwaysOn(new Observers([new StatusRecorder(Date.now), new Observers([])])));
observerContract('PrometheusMetrics', () => alwaysOn(new PrometheusMetrics(Date.now, aBuild)));
observerContract('StatusRecorder', () => alwaysOn(new StatusRecorder(Date.now)));
observerContract('HttpEndpoint', () => {
  const endpoint = new HttpEndpoint({ address: '127.0.0.1:0', statusSocket: null, wallClock: Date.now, build: aBuild });
  return {
    observer: endpoint,
    start: async () => void (await endpoint.start(() => Promise.resolve(aStatus()))),
    stop: () => endpoint.stop(),
  };
});
