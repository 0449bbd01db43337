// SPDX-License-Identifier: Apache-2.0
import type { SettingsFindings } from './validation/findings.ts';
import { longestTimerSeconds } from './settings.ts';

/** The interval, or the longest that a timer can wait, with a warning. */
export function limitInterval(seconds: number, path: string, findings: SettingsFindings): number {
  if (seconds <= longestTimerSeconds) return seconds;
  findings.warn({
    code: 'CONFIG_INTERVAL_TOO_LONG',
    path,
    found: `is ${seconds}`,
    allowed: `the longest interval is ${longestTimerSeconds} seconds, which is used instead`,
    remedy: `Set it to at most ${longestTimerSeconds}, or to 0 to turn the periodic scan off.`,
  });
  return longestTimerSeconds;
}
