// SPDX-License-Identifier: Apache-2.0
import { messageOf } from '#domain/problem/problem.ts';
import { RegistryConnection } from '../connection/registry.ts';
import type { ProcessParts } from '../process-parts.ts';
import type { PluginRegistrar } from './plugin-registrar.ts';
import { checkPluginInfo } from './registration-check.ts';
import { SocketBackOff } from './socket-back-off.ts';
import { socketsUnder } from './socket-files.ts';

interface RegisteredPlugin {
  readonly resource: string;
  readonly endpoint: string;
}

/** A socket that counts as registered. `plugin` is null where its handler failed and the kubelet does not retry. */
interface RegisteredSocket {
  readonly identity: string;
  readonly plugin: RegisteredPlugin | null;
}

/** kubelet: pluginmanager, loopSleepDuration. */
const LOOP_MS = 1000;

/**
 * Registers the plugins whose sockets appear in the registry directory (kubelet: pluginmanager). It scans the directory
 * in each turn of its loop. The kubelet uses inotify, but it too acts in its loop only, once a second.
 */
export class PluginWatcher {
  private readonly registered = new Map<string, RegisteredSocket>();
  /** The attempts under way to register the plugin of a socket, by path. */
  private readonly attempts = new Map<string, RegistryConnection>();
  private readonly backOff: SocketBackOff;

  constructor(
    private readonly parts: ProcessParts,
    private readonly registrar: PluginRegistrar,
  ) {
    this.backOff = new SocketBackOff(parts.clock);
  }

  start(): void {
    this.reconcile();
    this.parts.clock.after(LOOP_MS, () => this.start());
  }

  close(): void {
    for (const connection of this.attempts.values()) connection.close();
  }

  private reconcile(): void {
    const present = socketsUnder(this.parts.pluginsRegistryDir);
    for (const [path, { identity, plugin }] of this.registered) {
      if (present.get(path) !== identity && this.isFree(path)) this.deregister(path, plugin);
    }
    for (const [path, identity] of present) {
      if (!this.registered.has(path) && this.isFree(path)) void this.attempt(path, identity);
    }
  }

  private isFree(path: string): boolean {
    return !this.attempts.has(path) && this.backOff.allows(path);
  }

  private deregister(path: string, plugin: RegisteredPlugin | null): void {
    this.registered.delete(path);
    if (plugin !== null) this.parts.endpoints.remove(plugin.resource, plugin.endpoint);
  }

  private async attempt(path: string, identity: string): Promise<void> {
    const connection = new RegistryConnection(path, this.parts);
    this.attempts.set(path, connection);
    try {
      await this.register(connection, path, identity);
      this.backOff.succeeded(path);
    } catch (error) {
      this.backOff.failed(path);
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
      this.registered.set(path, { identity, plugin });
      await this.registrar.register(plugin.resource, plugin.endpoint);
    } catch (error) {
      this.handleFailure(path, identity, null);
      await connection.notify(false, messageOf(error)).catch(() => {});
      throw error;
    }
    try {
      await connection.notify(true, '');
    } catch (error) {
      this.handleFailure(path, identity, plugin);
      throw error;
    }
  }

  /** Before kubernetes PR 133335, the kubelet keeps a plugin as registered even when its handler failed. */
  private handleFailure(path: string, identity: string, plugin: RegisteredPlugin | null): void {
    if (this.parts.switches.watcherFailure === 'retried') this.deregister(path, plugin);
    else if (this.registered.has(path)) this.registered.set(path, { identity, plugin });
  }
}
