// SPDX-License-Identifier: Apache-2.0
import type { Client } from '@grpc/grpc-js';
import { registrationService } from '#adapters/kubelet-api/services.ts';
import type { RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { Clock } from '#ports/clock.ts';
import { withDeadline } from '#timing/deadline.ts';
import { Slots } from '#timing/slots.ts';
import { fileIdentity } from './file-state.ts';
import { type Probe, type ProbeResult, probeGrpcServer } from './socket-probe.ts';
import { call, clientOf } from './unary-call.ts';

/** How long a kubelet may take to answer a probe. */
const probeMs = 5_000;
/**
 * Well over the 10 s for which a kubelet tries to reach the plugin inside this call (devicemanager, client.go). Newer
 * kubelets would stop trying at our deadline.
 */
const registerMs = 20_000;
/** A kubelet dials a plugin as soon as it registers: hundreds of connections at once would hold up Allocate. */
const maxRegistering = 16;

/** Something that several callers use at the same time. It is closed when the last one has finished. */
interface Shared<T> {
  readonly value: T;
  readonly identity: string;
  users: number;
}

/**
 * kubelet.sock, as all registrations of this program share it. When a kubelet starts, hundreds of resources register at
 * the same moment. A Unix socket queues few connections and refuses the others, so they share one for a probe and one
 * for their calls.
 */
export class KubeletSocket {
  private probing: Shared<Probe> | null = null;
  private calling: Shared<Client> | null = null;
  private readonly registering = new Slots(maxRegistering);

  constructor(
    readonly path: string,
    private readonly clock: Clock,
  ) {}

  /** What distinguishes the socket from an earlier one at its path; null if there is none. */
  get identity(): string | null {
    return fileIdentity(this.path);
  }

  /** Resolves to whether the kubelet at the socket with this identity answers; at the latest when `signal` aborts. */
  async probe(identity: string, signal: AbortSignal): Promise<ProbeResult> {
    const shared = this.probing?.identity === identity ? this.probing : this.startProbe(identity);
    shared.users += 1;
    let abort = (): void => {};
    const aborted = new Promise<ProbeResult>((resolve) => {
      abort = () => resolve('silent');
      signal.addEventListener('abort', abort);
    });
    const result = Promise.race([shared.value.result, aborted]);
    return await withDeadline(this.clock, probeMs, result, () => 'silent' as const).finally(() => {
      signal.removeEventListener('abort', abort);
      shared.users -= 1;
      if (shared.users === 0) this.endProbe(shared);
    });
  }

  /** The socket may have been replaced. A probe of the old one then ends. */
  changed(): void {
    if (this.probing !== null && this.identity !== this.probing.identity) this.endProbe(this.probing);
  }

  /**
   * Calls Register at the socket with this identity. Resolves when the kubelet accepts, and rejects with an error whose
   * message is its reason.
   */
  async register(identity: string, request: RegisterRequest, signal: AbortSignal): Promise<void> {
    const shared = this.calling?.identity === identity ? this.calling : this.openClient(identity);
    shared.users += 1;
    try {
      await this.registering.use(() =>
        call(shared.value, registrationService.register, request, { signal, deadline: Date.now() + registerMs }),
      );
    } finally {
      shared.users -= 1;
      if (shared.users === 0) this.closeClient(shared);
    }
  }

  private startProbe(identity: string): Shared<Probe> {
    this.probing = { value: probeGrpcServer(this.path), identity, users: 0 };
    return this.probing;
  }

  private endProbe(probe: Shared<Probe>): void {
    probe.value.abort();
    if (this.probing === probe) this.probing = null;
  }

  private openClient(identity: string): Shared<Client> {
    this.calling = { value: clientOf(this.path), identity, users: 0 };
    return this.calling;
  }

  private closeClient(client: Shared<Client>): void {
    client.value.close();
    if (this.calling === client) this.calling = null;
  }
}
