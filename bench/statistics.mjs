// SPDX-License-Identifier: Apache-2.0

/** Returns the value below which that part of the samples lies. `part` is from 0 to 1. */
export function quantile(samples, part) {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

export function summary(samples) {
  return {
    median: quantile(samples, 0.5),
    min: Math.min(...samples),
    max: Math.max(...samples),
    samples: samples.length,
  };
}
