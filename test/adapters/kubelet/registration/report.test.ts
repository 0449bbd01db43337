// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Observers } from '#app/status/observers.ts';
import type { GenerationEnd } from '#adapters/kubelet/registration/back-off.ts';
import { MethodChoice } from '#adapters/kubelet/registration/method.ts';
import { RegistrationReport } from '#adapters/kubelet/registration/report.ts';
import { socketName } from '#adapters/kubelet/sockets/socket-name.ts';
import { RecordedLog } from '../../../support/recorded-log.ts';

describe('RegistrationReport', () => {
  let log: RecordedLog;
  let report: RegistrationReport;
  beforeEach(() => {
    log = new RecordedLog();
    const directories = { devicePlugins: '/dp', pluginsRegistry: '/registry' };
    report = new RegistrationReport(log, new Observers([]), 'rdma/a', new MethodChoice('device-plugins', directories));
  });

  function end(count: number, reasonOf: (i: number) => string, change: Partial<GenerationEnd> = {}): void {
    for (let i = 0; i < count; i += 1)
      report.ended({ cause: 'refused', reason: reasonOf(i), servedMs: 0, kubeletIdentity: null, ...change }, 100);
  }
  const warnings = (): readonly string[] => log.messages('warning');
  const persistent = 'registration keeps failing with the same error; still retrying';

  it('logs a refusal once that differs only in the path of our socket, and then that it persists', () => {
    end(1_000, (i) => `no handler at socket "/dp/${socketName('rdma/a', 'instance', () => i / 36 ** 6)}"`);
    expect(warnings()).toEqual(['re-registering', persistent]);
  });

  it('logs three refusals that differ, and then that they persist', () => {
    end(1_000, (i) => `refused at 12:00:${i}`);
    expect(warnings()).toEqual(['re-registering', 're-registering', 're-registering', persistent]);
  });

  it('begins anew when the cause changes, or after a stream that was stable', () => {
    end(10, () => 'no');
    end(1, () => 'the stream ended', { cause: 'connection-lost' });
    end(1, () => 'no');
    expect(warnings()).toEqual(['re-registering', persistent, 're-registering', 're-registering']);
    end(1, () => 'no', { servedMs: 5_000 });
    expect(warnings()).toHaveLength(5);
  });
});
