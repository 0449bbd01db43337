// SPDX-License-Identifier: Apache-2.0
import { request } from 'node:http';
import { errorCode } from '#adapters/host/error-code.ts';
import { type Problem, ProblemError, createProblem } from '#domain/problem/problem.ts';
import type { NodeStatus } from '#domain/status/node-status.ts';

/** The kubelet, which may have to be asked who holds shares, has 3 s. */
const answerMs = 5_000;

/** Asks the running program for its status over its Unix socket. Rejects with a ProblemError if it does not answer. */
export async function fetchStatus(socket: string, withHolders: boolean): Promise<NodeStatus> {
  try {
    const status: unknown = JSON.parse(await get(socket, withHolders ? '/status?holders' : '/status'));
    if (!isStatus(status)) throw new Error('what answers is not this program');
    return status;
  } catch (error) {
    throw new ProblemError([unreachable(socket, error)], { cause: error });
  }
}

/** The other side is this program, of another version at most. Within a major version, keys are only added. */
function isStatus(value: unknown): value is NodeStatus {
  return typeof value === 'object' && value !== null && 'program' in value && 'resources' in value;
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path, timeout: answerMs }, (response) => {
      const parts: string[] = [];
      response
        .setEncoding('utf8')
        .on('data', (part: string) => parts.push(part))
        .on('end', () => (response.statusCode === 200 ? resolve(parts.join('')) : reject(new Error(parts.join('')))));
      response.on('error', reject);
    });
    sent
      .on('error', (error) => {
        // Not by itself, if something other than HTTP answered.
        sent.destroy();
        reject(error);
      })
      .on('timeout', () => sent.destroy(new Error(`no answer within ${answerMs / 1000} s`)));
    sent.end();
  });
}

const causes: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'the socket does not exist'],
  ['ECONNREFUSED', 'no program listens on it'],
  ['EACCES', 'only the user of the running program may connect'],
]);

function unreachable(socket: string, error: unknown): Problem {
  const code = errorCode(error);
  return createProblem('STATUS_UNREACHABLE', {
    subject: socket,
    message: `The running program cannot be asked over ${socket}: ${causes.get(code) ?? code}.`,
    remedy:
      'Run this in the container of the DaemonSet: kubectl exec POD -- rdma-shared-dp status. ' +
      'Outside of it, start the program with --status-socket and name the same socket here.',
  });
}
