// SPDX-License-Identifier: Apache-2.0

/** The most bytes that the kubelet accepts in one message: grpc-go's default, which the kubelet does not change. */
export const listSizeLimit = 4_194_304;

/** Shares that differ only in the number at the end of their IDs, counted from 0. */
export interface ListedSeries {
  /** The length of the ID without that number, in ASCII characters. */
  readonly prefixLength: number;
  readonly numaNodes: readonly number[];
}

/** Returns the bytes of a v1beta1 `ListAndWatchResponse` with `count` healthy shares of each series. */
export function listSize(series: readonly ListedSeries[], count: number): number {
  return series.reduce((bytes, listed) => bytes + seriesSize(listed, count), 0);
}

function seriesSize({ prefixLength, numaNodes }: ListedSeries, count: number): number {
  const topology =
    numaNodes.length === 0
      ? 0
      : field(numaNodes.reduce((bytes, node) => bytes + field(node === 0 ? 0 : 1 + varint(node)), 0));
  let bytes = 0;
  for (let digits = 1, first = 0, end = 10; first < count; digits += 1, first = end, end *= 10) {
    bytes += (Math.min(count, end) - first) * field(field(prefixLength + digits) + field('Healthy'.length) + topology);
  }
  return bytes;
}

/** Returns the bytes of a length-delimited field with a number below 16. */
function field(length: number): number {
  return 1 + varint(length) + length;
}

/** Returns the bytes of a protobuf varint, which has seven bits in each. */
function varint(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

/** Returns the most shares of each series in a list that the kubelet accepts; 0 if even one of each is too many. */
export function largestThatFits(series: readonly ListedSeries[]): number {
  let fits = 0;
  let tooMany = listSizeLimit;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (listSize(series, middle) <= listSizeLimit) fits = middle;
    else tooMany = middle;
  }
  return fits;
}

/** The series of a share pool: the shares "0", "1" and so on, without topology. */
export const poolSeries: readonly ListedSeries[] = [{ prefixLength: 0, numaNodes: [] }];

/** Returns the most shares of a pool in a list that the kubelet accepts: 226,600. */
export function largestPoolThatFits(): number {
  return largestThatFits(poolSeries);
}
