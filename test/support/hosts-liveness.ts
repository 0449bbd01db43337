// SPDX-License-Identifier: Apache-2.0

/** Waits for something that the system does by itself. The bound is there so that a test ends, not as a measure. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`It did not come about in 10 seconds: ${condition.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
