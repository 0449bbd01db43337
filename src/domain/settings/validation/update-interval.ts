// SPDX-License-Identifier: Apache-2.0
import { maxTimerSeconds } from '../settings.ts';
import type { SettingsPlace } from './findings.ts';

/** Returns the interval, or the longest that a timer can wait, with a warning. */
export function limitInterval(seconds: number, place: SettingsPlace): number {
  if (seconds <= maxTimerSeconds) return seconds;
  place.warn('CONFIG_INTERVAL_TOO_LONG', {
    found: `is ${seconds}`,
    allowed: `the longest interval is ${maxTimerSeconds} seconds, which is used instead`,
    remedy: `Set it to at most ${maxTimerSeconds}, or to 0 to turn the periodic scan off.`,
  });
  return maxTimerSeconds;
}
