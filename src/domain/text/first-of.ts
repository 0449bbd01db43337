// SPDX-License-Identifier: Apache-2.0

/** Lists the first texts and counts the others, as a node can have a thousand HCAs: `mlx5_0, mlx5_1 and 6 more`. */
export function firstOf(texts: readonly string[], count: number, conjunction = ', '): string {
  const more = texts.length - count;
  return more > 0 ? `${texts.slice(0, count).join(', ')} and ${more} more` : texts.join(conjunction);
}
