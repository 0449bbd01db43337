// SPDX-License-Identifier: Apache-2.0

/** Cancels a timer. May be called more than once, and after the timer has fired. */
export type Cancel = () => void;

/** Provides the time and timers. Tests use a clock that they control. */
export abstract class Clock {
  /** Returns milliseconds since an arbitrary start. Never goes back, even if the wall clock does. */
  abstract now(): number;
  /** Calls `run` once after `delayMs`, never synchronously. A pending timer keeps the process alive. */
  abstract after(delayMs: number, run: () => void): Cancel;
}
