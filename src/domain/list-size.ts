// SPDX-License-Identifier: Apache-2.0

/** What the kubelet receives at most in one message (grpc-go's default, which the kubelet leaves as it is). */
export const listSizeLimit = 4_194_304;

/** Bytes around the id of a healthy device without topology: holds for ids of fewer than 100 characters. */
const bytesAroundId = 13;

/**
 * Bytes of a v1beta1 `ListAndWatchResponse` with the healthy shares "0" … "<count - 1>" and no topology. `count` is a
 * whole number from 0 on.
 */
export function poolListSize(count: number): number {
  let bytes = 0;
  for (let digits = 1, first = 0, end = 10; first < count; digits += 1, first = end, end *= 10) {
    bytes += (Math.min(count, end) - first) * (bytesAroundId + digits);
  }
  return bytes;
}

/** The most shares whose list the kubelet still receives: 226,600. */
export function largestPoolThatFits(): number {
  let fits = 0;
  let tooMany = listSizeLimit;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (poolListSize(middle) <= listSizeLimit) fits = middle;
    else tooMany = middle;
  }
  return fits;
}
