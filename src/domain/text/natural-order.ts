// SPDX-License-Identifier: Apache-2.0

const digits = /(\d+)/;

/**
 * Orders names by the numbers in them: `mlx5_2` before `mlx5_10`. A total order: different names never compare as
 * equal.
 */
export function compareNaturally(a: string, b: string): number {
  // Every second piece is a number.
  const left = a.split(digits);
  const right = b.split(digits);
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i += 1) {
    const order = comparePieces(left[i] ?? '', right[i] ?? '', i % 2 === 1);
    if (order !== 0) return order;
  }
  return left.length - right.length || compareText(a, b);
}

function comparePieces(a: string, b: string, numeric: boolean): number {
  return numeric ? Number(a) - Number(b) : compareText(a, b);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
