// SPDX-License-Identifier: Apache-2.0
import { type CapturedHost, unpackCapturedHost } from '#adapters/discovery/capture/captured-host.ts';
import { errorCode } from '#adapters/host/error-code.ts';
import { ProblemError, createProblem } from '#domain/problem/problem.ts';

/** Unpacks the capture that `--capture` names. Throws a ProblemError if the file is none. */
export function openCapture(file: string): CapturedHost {
  try {
    return unpackCapturedHost(file);
  } catch (error) {
    throw new ProblemError(
      [
        createProblem('CAPTURE_UNREADABLE', {
          subject: '--capture',
          message: `${file} cannot be read as a captured host: ${errorCode(error)}.`,
          remedy: 'Name a file that "rdma-shared-dp capture FILE" has written.',
        }),
      ],
      { cause: error },
    );
  }
}
