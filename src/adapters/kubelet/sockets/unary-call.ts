// SPDX-License-Identifier: Apache-2.0
import { Client, type ClientOptions, type MethodDefinition, credentials } from '@grpc/grpc-js';

interface CallOptions {
  /** Cancels the call. */
  readonly signal: AbortSignal;
  /** In milliseconds of the wall clock since 1970. Without it, only `signal` ends a call that is not answered. */
  readonly deadline?: number;
  readonly client?: ClientOptions;
}

/**
 * Calls an RPC of the kubelet once, on a connection of its own that is closed afterwards. Rejects with an error whose
 * message is the kubelet's reason.
 */
export async function callKubelet<Request, Response>(
  socket: string,
  method: MethodDefinition<Request, Response>,
  request: Request,
  options: CallOptions,
): Promise<Response> {
  const client = new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost',
    'grpc.use_local_subchannel_pool': 1,
    ...options.client,
  });
  return await send(client, method, request, options).finally(() => client.close());
}

function send<Request, Response>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
  request: Request,
  { signal, deadline }: CallOptions,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => call.cancel();
    const options = deadline === undefined ? {} : { deadline };
    const call = client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      options,
      (error, answer) => {
        signal.removeEventListener('abort', cancel);
        if (answer === undefined) reject(new Error(error?.details || error?.message));
        else resolve(answer);
      },
    );
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel);
  });
}
