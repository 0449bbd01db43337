// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { type Problem, createProblem } from '#domain/problem/problem.ts';

export function cdiDirectoryUnusable(directory: string, error: unknown): Problem {
  // The code alone, since Node's message names the temporary file and would differ each time.
  return createProblem('CDI_DIRECTORY_UNUSABLE', {
    subject: directory,
    message: `CDI specs cannot be written to ${directory} (${errorCode(error)}).`,
    remedy:
      'Mount the directory writable, set --cdi-dir to another directory that the container runtime reads, ' +
      'or remove --use-cdi.',
  });
}

/** An Allocate cannot wait any longer. */
export const cdiWriteTimeout = createProblem('CDI_WRITE_TIMEOUT', {
  subject: '--cdi-dir',
  message: 'The CDI spec of the resource could not be checked within 5 s.',
  remedy: 'Check the file system of the directory.',
});
