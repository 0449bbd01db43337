// SPDX-License-Identifier: Apache-2.0

/**
 * Lists the first texts and counts the others, as a node can have a thousand HCAs: `mlx5_0, mlx5_1 and 6 more`. The
 * conjunction stands before the last text if all are listed.
 */
export function firstOf(texts: readonly string[], count: number, conjunction = ', '): string {
  const more = texts.length - count;
  if (more > 0) return `${texts.slice(0, count).join(', ')} and ${more} more`;
  const [last] = texts.slice(-1);
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')}${conjunction}${last}`;
}
