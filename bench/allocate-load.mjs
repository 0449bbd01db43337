// SPDX-License-Identifier: Apache-2.0
import { allocateRequest } from './grpc-frame.mjs';

const requests = Array.from({ length: 1000 }, (_none, id) => allocateRequest(String(id)));

/** Makes `calls` Allocates of one share each, over shares 0 to 999, by that many callers; returns each call's milliseconds. */
export async function allocate(client, calls, callers) {
  const times = [];
  let begun = 0;
  const caller = async () => {
    while (begun < calls) {
      const request = requests[begun++ % requests.length];
      const begin = performance.now();
      await client.allocate(request);
      times.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return times;
}
