// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { errorCode } from '#adapters/host/error-code.ts';
import type { PeerResult } from '#domain/diagnosis/pod/peer.ts';

const pings = 3;
/** The resolution of an address and of a route take 2 s each at most (rping.c). */
const limitMs = 15_000;

/** Pings a host over RDMA with rping, if the image has it. Never rejects. */
export async function pingPeer(host: string, env: NodeJS.ProcessEnv): Promise<PeerResult> {
  return await new Promise((resolve) => {
    const words = ['-c', '-a', host, '-C', String(pings)];
    execFile('rping', words, { env, timeout: limitMs, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: 'reached', pings });
      else if (errorCode(error) === 'ENOENT') resolve({ kind: 'no-tool' });
      else if (error.killed === true) resolve({ kind: 'failed', reason: `no answer within ${limitMs / 1000} s` });
      else resolve({ kind: 'failed', reason: lastLine(`${stdout}\n${stderr}`) ?? `exit code ${errorCode(error)}` });
    });
  });
}

function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '');
}
