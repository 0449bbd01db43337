// SPDX-License-Identifier: Apache-2.0
import { allocateRequest } from './grpc-frame.mjs';

const requests = Array.from({ length: 1000 }, (_none, id) => allocateRequest(String(id)));

/**
 * Makes `calls` Allocate calls for one share each, over shares 0 to 999, from `callers` concurrent callers. Returns the
 * duration of each call in milliseconds.
 */
export async function allocate(client, calls, callers) {
  const times = [];
  let started = 0;
  const caller = async () => {
    while (started < calls) {
      const request = requests[started++ % requests.length];
      const begin = performance.now();
      await client.allocate(request);
      times.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return times;
}
