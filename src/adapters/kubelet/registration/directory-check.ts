// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import type { ProblemCode } from '#domain/problem/catalogue.ts';
import { type Problem, ProblemError, createProblem } from '#domain/problem/problem.ts';
import { accessSync, constants, statSync } from 'node:fs';
import {
  type KubeletDirectories,
  type RegistrationMode,
  type RegistrationMethod,
  directoryOf,
  registrationMethods,
} from './registration-parts.ts';
import { maxSocketPathBytes, socketPathBytes } from './socket-file.ts';

const flagOf: Readonly<Record<RegistrationMethod, string>> = {
  'device-plugins': '--device-plugins-dir',
  'plugins-registry': '--plugins-registry-dir',
};

/**
 * Checks that sockets can be made where the kubelet looks for them. In mode `auto` one of the two directories is enough.
 * Throws a ProblemError that names each directory that is no directory, not writable or too long: no wait mends that. Returns
 * what is said of directories that are missing, where none is there: they may come with the kubelet.
 */
export function checkDirectories(mode: RegistrationMode, directories: KubeletDirectories): readonly Problem[] {
  const ways = mode === 'auto' ? registrationMethods : [mode];
  const problems = ways
    .map((way) => problemWith(way, directoryOf(way, directories)))
    .filter((problem) => problem !== null);
  const hopeless = problems.filter((problem) => problem.code !== 'KUBELET_DIRECTORY_MISSING');
  if (hopeless.length > 0) throw new ProblemError(hopeless);
  return problems.length === ways.length ? problems : [];
}

function problemWith(way: RegistrationMethod, directory: string): Problem | null {
  const flag = flagOf[way];
  const make = (code: ProblemCode, message: string, remedy: string): Problem =>
    createProblem(code, { subject: directory, message, remedy });
  const bytes = socketPathBytes(directory);
  if (bytes > maxSocketPathBytes) {
    const message = `A socket in ${directory} would have a path of ${bytes} bytes; the kernel allows ${maxSocketPathBytes}.`;
    return make(
      'SOCKET_PATH_TOO_LONG',
      message,
      `Give ${flag} a directory of at most ${maxSocketPathBytes - bytes + Buffer.byteLength(directory)} bytes.`,
    );
  }
  const failure = failureToUse(directory);
  if (failure === null) return null;
  const missing = failure === 'does not exist';
  return make(
    missing ? 'KUBELET_DIRECTORY_MISSING' : 'KUBELET_DIRECTORY_UNUSABLE',
    `The kubelet's directory ${directory} ${failure}.`,
    missing
      ? `Mount the kubelet's directory there, or name the right one with ${flag}.`
      : `Mount it writable for this program, or name another one with ${flag}.`,
  );
}

function failureToUse(directory: string): string | null {
  try {
    if (!statSync(directory).isDirectory()) return 'is not a directory';
    accessSync(directory, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be written to (${code})`;
  }
}
