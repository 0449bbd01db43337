// SPDX-License-Identifier: Apache-2.0
import type { Logger } from '#ports/logger.ts';
import type { KubeletSwitches } from '../kubelet-generation.ts';
import { type PluginRegistrar, textOf } from './plugin-registrar.ts';
import { RegistryCalls, type RegistryInfo } from './registry-calls.ts';
import { SocketBackOff } from './socket-back-off.ts';
import { socketsUnder } from './socket-files.ts';
import type { ConnectionSettings } from '../connection/socket-connection.ts';

export interface WatcherParts {
  readonly directory: string;
  readonly settings: ConnectionSettings;
  readonly switches: KubeletSwitches;
  readonly registrar: PluginRegistrar;
  readonly logger: Logger;
}

/** A socket that counts as registered; `plugin` is null when its handler failed and the kubelet will not try again. */
interface Registered {
  readonly identity: string;
  readonly plugin: { readonly resource: string; readonly endpoint: string } | null;
}

/** kubelet: pluginmanager, loopSleepDuration. */
const LOOP_MS = 1000;

/**
 * Registers the plugins whose sockets appear in the registry directory (kubelet: pluginmanager). It looks at each turn of its
 * loop, where the kubelet is told by inotify; one second is what passes either way.
 */
export class PluginWatcher {
  private readonly registered = new Map<string, Registered>();
  private readonly busy = new Set<string>();
  private readonly backOff: SocketBackOff;
  private readonly calls = new Set<RegistryCalls>();
  private ended = false;

  constructor(private readonly parts: WatcherParts) {
    this.backOff = new SocketBackOff(() => parts.settings.clock.now());
  }

  start(): void {
    if (this.ended) return;
    this.reconcile();
    this.parts.settings.clock.after(LOOP_MS, () => this.start());
  }

  close(): void {
    this.ended = true;
    for (const call of this.calls) call.close();
  }

  private reconcile(): void {
    const present = socketsUnder(this.parts.directory);
    for (const [path, { identity, plugin }] of this.registered) {
      if (present.get(path) !== identity && this.free(path)) this.deregister(path, plugin);
    }
    for (const [path, identity] of present) {
      if (!this.registered.has(path) && this.free(path)) void this.operate(path, identity);
    }
  }

  private free(path: string): boolean {
    return !this.busy.has(path) && this.backOff.allows(path);
  }

  private deregister(path: string, plugin: Registered['plugin']): void {
    this.registered.delete(path);
    if (plugin !== null) this.parts.registrar.deregister(plugin.resource, plugin.endpoint);
  }

  private async operate(path: string, identity: string): Promise<void> {
    this.busy.add(path);
    const calls = new RegistryCalls(path, this.parts.settings);
    this.calls.add(calls);
    try {
      await this.register(calls, path, identity);
      this.backOff.succeeded(path);
    } catch (error) {
      this.backOff.failed(path);
      this.parts.logger.log('debug', 'could not register the plugin of a socket', { path, error: textOf(error) });
    }
    calls.close();
    this.calls.delete(calls);
    this.busy.delete(path);
  }

  private async register(calls: RegistryCalls, path: string, identity: string): Promise<void> {
    await calls.dial();
    const info = await calls.info();
    const endpoint = info.endpoint === '' ? path : info.endpoint;
    const plugin = { resource: info.name, endpoint };
    try {
      validate(info, path);
      this.registered.set(path, { identity, plugin });
      await this.parts.registrar.register(info.name, endpoint);
    } catch (error) {
      this.unregister(path, identity, null);
      await calls.notify(false, textOf(error)).catch(() => {});
      throw error;
    }
    try {
      await calls.notify(true, '');
    } catch (error) {
      this.unregister(path, identity, plugin);
      throw error;
    }
  }

  /** Before kubernetes PR 133335 a plugin counts as registered from before the handler ran, whatever came of it. */
  private unregister(path: string, identity: string, plugin: Registered['plugin']): void {
    if (this.parts.switches.watcherFailure === 'retried') this.deregister(path, plugin);
    else if (this.registered.has(path)) this.registered.set(path, { identity, plugin });
  }
}

/** Throws the kubelet's words for a plugin that no handler takes (operation_generator.go, handler.go). */
function validate(info: RegistryInfo, path: string): void {
  if (info.type !== 'DevicePlugin')
    throw new Error(`no handler registered for plugin type: ${info.type} at socket ${path}`);
  if (!info.versions.includes('v1beta1')) {
    throw new Error(`manager version, v1beta1, is not among plugin supported versions [${info.versions.join(' ')}]`);
  }
}
