// SPDX-License-Identifier: Apache-2.0

/** How long file operations and DNS lookups that are under way may take to finish. */
const lastChanceMs = 100;

/**
 * Ends this process with an exit status. `process.exit` waits for the threads of libuv (uv_library_shutdown), one of
 * which may wait for a driver or a file system that does not answer, so such a process is replaced or killed instead.
 */
export async function endProcess(code: number): Promise<never> {
  const end = performance.now() + lastChanceMs;
  while (isPoolBusy() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1));
  if (isPoolBusy()) abandonThreads(code);
  process.exit(code);
}

/** Whether work runs in libuv's thread pool: file operations are FSReq..., DNS lookups are GetAddrInfoReqWrap. */
function isPoolBusy(): boolean {
  return process.getActiveResourcesInfo().some((resource) => /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/.test(resource));
}

/**
 * execve, which Node.js has from 22.15 on, ends the other threads, and the new program only exits. Without it, a signal
 * must end the process: SIGKILL; or abort for the first process of a container, because the kernel protects that from
 * its own signals (pid_namespaces(7)).
 */
function abandonThreads(code: number): void {
  const execve: unknown = Reflect.get(process, 'execve');
  const { execPath } = process;
  if (typeof execve === 'function')
    Reflect.apply(execve, process, [execPath, [execPath, '--eval', `process.exit(${code})`], {}]);
  if (process.pid === 1) process.abort();
  process.kill(process.pid, 'SIGKILL');
}
