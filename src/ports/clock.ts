// SPDX-License-Identifier: Apache-2.0

/** Takes a timer back. May be called at any time, also after the timer has fired, and more than once. */
export type Cancel = () => void;

/** Time, so that tests can step it. */
export abstract class Clock {
  /** Milliseconds since an arbitrary start; never goes back, whatever happens to the wall clock. */
  abstract now(): number;
  /** Calls `run` once after `delayMs`, never synchronously. A timer that is pending keeps the process alive. */
  abstract after(delayMs: number, run: () => void): Cancel;
}
