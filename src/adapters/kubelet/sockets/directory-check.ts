// SPDX-License-Identifier: Apache-2.0
import { errorCode } from '#adapters/host/error-code.ts';
import { accessSync, constants, statSync } from 'node:fs';
import { type Problem, ProblemError, createProblem } from '#domain/problem/problem.ts';
import {
  type KubeletDirectories,
  type RegistrationMethod,
  type RegistrationMode,
  directoryOf,
  registrationMethods,
} from '../registration/method.ts';
import { maxSocketPathBytes, socketPathBytes } from './socket-name.ts';

const flagOf: Readonly<Record<RegistrationMethod, string>> = {
  'device-plugins': '--device-plugins-dir',
  'plugins-registry': '--plugins-registry-dir',
};

/**
 * Checks that sockets can be created where the kubelet looks for them. In mode `auto` one of the two directories is
 * enough. Throws a ProblemError for each directory that is not a directory, not writable, or has a path that is too
 * long: waiting does not fix these. Returns a problem for each missing directory if none exists: the kubelet may create
 * them.
 */
export function checkDirectories(mode: RegistrationMode, directories: KubeletDirectories): readonly Problem[] {
  const methods = mode === 'auto' ? registrationMethods : [mode];
  const problems = methods
    .map((method) => problemWith(directoryOf(method, directories), flagOf[method]))
    .filter((problem) => problem !== null);
  const permanent = problems.filter((problem) => problem.code !== 'KUBELET_DIRECTORY_MISSING');
  if (permanent.length > 0) throw new ProblemError(permanent);
  return problems.length === methods.length ? problems : [];
}

function problemWith(directory: string, flag: string): Problem | null {
  const bytes = socketPathBytes(directory);
  if (bytes > maxSocketPathBytes) return tooLong(directory, flag, bytes);
  const code = accessError(directory);
  if (code === null) return null;
  return code === 'ENOENT' || code === 'ENOTDIR' ? missing(directory, flag) : unusable(directory, flag, code);
}

function tooLong(directory: string, flag: string, bytes: number): Problem {
  const allowed = maxSocketPathBytes - bytes + Buffer.byteLength(directory);
  return createProblem('SOCKET_PATH_TOO_LONG', {
    subject: directory,
    message: `A socket in ${directory} would have a path of ${bytes} bytes; the kernel allows ${maxSocketPathBytes}.`,
    remedy: `Set ${flag} to a directory whose path has at most ${allowed} bytes.`,
  });
}

function missing(directory: string, flag: string): Problem {
  return createProblem('KUBELET_DIRECTORY_MISSING', {
    subject: directory,
    message: `The kubelet directory ${directory} does not exist. Waiting for it.`,
    remedy: `Mount the kubelet's directory there, or set ${flag} to the correct one.`,
  });
}

function unusable(directory: string, flag: string, code: string): Problem {
  const fault = code === notDirectory ? 'is not a directory' : `is not writable (${code})`;
  return createProblem('KUBELET_DIRECTORY_UNUSABLE', {
    subject: directory,
    message: `The kubelet directory ${directory} ${fault}.`,
    remedy: `Mount it writable for this program, or set ${flag} to another directory.`,
  });
}

const notDirectory = 'not a directory';

/** Returns why sockets cannot be created in the directory: an error code; null if they can. */
function accessError(directory: string): string | null {
  try {
    if (!statSync(directory).isDirectory()) return notDirectory;
    accessSync(directory, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return errorCode(error);
  }
}
