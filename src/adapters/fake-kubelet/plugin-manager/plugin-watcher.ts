// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import { BackOff } from '#timing/back-off.ts';
import { RegistryConnection } from '../connection/registry.ts';
import type { ProcessParts } from '../process-parts.ts';
import type { PluginRegistrar } from './plugin-registrar.ts';
import { checkPluginInfo } from './registration-check.ts';
import { socketsUnder } from './socket-files.ts';

/** A socket that counts as registered. `plugin` is null if its handler failed and the kubelet does not retry. */
interface RegisteredSocket {
  readonly identity: string;
  readonly plugin: { readonly resource: string; readonly endpoint: string } | null;
}

/** kubelet: pluginmanager, loopSleepDuration. */
const LOOP_MS = 1000;
/** kubelet: goroutinemap/exponentialbackoff. */
const retryDelays = { firstMs: 500, longestMs: 122_000, jitter: 0 };

/**
 * Registers the plugins whose sockets appear in the registry directory (kubelet: pluginmanager). It scans the directory
 * in each turn of its loop. The kubelet uses inotify, but also acts only in its loop, once a second.
 */
export class PluginWatcher {
  private readonly registered = new Map<string, RegisteredSocket>();
  /** The attempts under way to register the plugin of a socket, by path. */
  private readonly attempts = new Map<string, RegistryConnection>();
  /** When the kubelet may retry, by path, after an attempt that failed. */
  private readonly retries = new Map<string, { readonly at: number; readonly backOff: BackOff }>();

  constructor(
    private readonly parts: ProcessParts,
    private readonly registrar: PluginRegistrar,
  ) {}

  start(): void {
    this.reconcile();
    this.parts.clock.after(LOOP_MS, () => this.start());
  }

  close(): void {
    for (const connection of this.attempts.values()) connection.close();
  }

  private reconcile(): void {
    const present = socketsUnder(this.parts.pluginsRegistryDir);
    for (const [path, { identity }] of this.registered) {
      if (present.get(path) !== identity && this.isFree(path)) this.deregister(path);
    }
    for (const [path, identity] of present) {
      if (!this.registered.has(path) && this.isFree(path)) void this.attempt(path, identity);
    }
  }

  private isFree(path: string): boolean {
    return !this.attempts.has(path) && this.parts.clock.now() >= (this.retries.get(path)?.at ?? 0);
  }

  private deregister(path: string): void {
    const plugin = this.registered.get(path)?.plugin ?? null;
    this.registered.delete(path);
    if (plugin !== null) this.parts.endpoints.remove(plugin.resource, plugin.endpoint);
  }

  private async attempt(path: string, identity: string): Promise<void> {
    const connection = new RegistryConnection(path, this.parts);
    this.attempts.set(path, connection);
    try {
      await this.register(connection, path, identity);
      this.retries.delete(path);
    } catch (error) {
      this.handleFailure(path);
      this.parts.logger.log('debug', 'cannot register plugin', { path, error: messageOf(error) });
    }
    connection.close();
    this.attempts.delete(path);
  }

  private async register(connection: RegistryConnection, path: string, identity: string): Promise<void> {
    await connection.dial();
    const info = await connection.info();
    const plugin = { resource: info.name, endpoint: info.endpoint === '' ? path : info.endpoint };
    try {
      checkPluginInfo(info, path);
      this.registered.set(path, { identity, plugin: null });
      await this.registrar.register(plugin.resource, plugin.endpoint);
      this.registered.set(path, { identity, plugin });
    } catch (error) {
      await connection.notify(false, messageOf(error)).catch(() => {});
      throw error;
    }
    await connection.notify(true, '');
  }

  private handleFailure(path: string): void {
    const { clock, switches } = this.parts;
    // Before kubernetes PR 133335, the kubelet keeps a plugin as registered even when its handler failed.
    if (switches.watcherFailure === 'retried') this.deregister(path);
    const backOff = this.retries.get(path)?.backOff ?? new BackOff(retryDelays, () => 0);
    this.retries.set(path, { at: clock.now() + backOff.next(), backOff });
  }
}
