// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';

/** Returns the code of an operating system error, such as `ENOENT`; the message of an error without a code. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : messageOf(error);
}
