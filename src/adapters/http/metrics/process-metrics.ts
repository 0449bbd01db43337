// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from 'node:fs';
import { Counter, Gauge, type Registry } from 'prom-client';

/**
 * The metrics of the process that Prometheus' own clients have, with their names. Those of prom-client would also start
 * a timer that fires a hundred times a second.
 */
export function registerProcessMetrics(registry: Registry): void {
  for (const metric of processMetrics()) registry.registerMetric(metric);
}

function processMetrics(): readonly (Counter | Gauge)[] {
  const registers: Registry[] = [];
  const cpu = new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of this process, in user and in system mode.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  const memory = new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of this process.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  const descriptors = new Gauge({
    name: 'process_open_fds',
    help: 'Open file descriptors of this process.',
    registers,
    collect() {
      this.set(openDescriptors());
    },
  });
  const started = new Gauge({
    name: 'process_start_time_seconds',
    help: 'When this process started, in seconds since 1970.',
    registers,
  });
  started.set(Math.round(Date.now() - process.uptime() * 1000) / 1000);
  return [cpu, memory, descriptors, started];
}

/** The listing itself has one open. */
function openDescriptors(): number {
  try {
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return 0;
  }
}
