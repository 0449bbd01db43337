// SPDX-License-Identifier: Apache-2.0
import { Client, type ClientOptions, type MethodDefinition, credentials } from '@grpc/grpc-js';

interface CallOptions {
  /** Cancels the call. */
  readonly signal: AbortSignal;
  /** In milliseconds of the wall clock since 1970. Without it, only `signal` ends a call that is not answered. */
  readonly deadline?: number;
}

/**
 * Calls an RPC of the kubelet once, on a connection of its own that is closed afterwards. Rejects with an error whose
 * message is the kubelet's reason.
 */
export async function callKubelet<Request, Response>(
  socket: string,
  method: MethodDefinition<Request, Response>,
  request: Request,
  { client: clientOptions, ...options }: CallOptions & { readonly client?: ClientOptions },
): Promise<Response> {
  const client = clientOf(socket, clientOptions);
  return await call(client, method, request, options).finally(() => client.close());
}

/** Returns a client with a connection of its own, which the caller closes. */
export function clientOf(socket: string, options: ClientOptions = {}): Client {
  return new Client(`unix:${socket}`, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost',
    'grpc.use_local_subchannel_pool': 1,
    ...options,
  });
}

/** Calls an RPC once. Rejects with an error whose message is the reason of the other side. */
export function call<Request, Response>(
  client: Client,
  { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>,
  request: Request,
  { signal, deadline }: CallOptions,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => underway.cancel();
    const options = deadline === undefined ? {} : { deadline };
    const underway = client.makeUnaryRequest(
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
