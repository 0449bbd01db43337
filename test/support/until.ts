// SPDX-License-Identifier: Apache-2.0

const limitMs = 10_000;
/** Short for a test, but long enough not to slow down what it waits for. */
const checkIntervalMs = 5;

/**
 * Waits until a condition holds without further action of the test. Throws after 10 seconds, so that a test ends.
 */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`still not true after 10 seconds: ${condition.toString()}`);
    await new Promise((resolve) => {
      setTimeout(resolve, checkIntervalMs);
    });
  }
}
