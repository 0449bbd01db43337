// SPDX-License-Identifier: Apache-2.0
import { isDirectory } from '../sockets/file-state.ts';

/**
 * How a plugin registers: it calls Register on kubelet.sock (`device-plugins`), or it puts a socket where the plugin
 * watcher of the kubelet finds it (`plugins-registry`).
 */
export const registrationMethods = ['device-plugins', 'plugins-registry'] as const;
export type RegistrationMethod = (typeof registrationMethods)[number];

/** `auto` begins with `plugins-registry` where that directory exists, and switches when no kubelet makes contact. */
export type RegistrationMode = RegistrationMethod | 'auto';

/** The kubelet's two directories, as this process sees them. */
export interface KubeletDirectories {
  readonly devicePlugins: string;
  readonly pluginsRegistry: string;
}

export function directoryOf(method: RegistrationMethod, directories: KubeletDirectories): string {
  return method === 'device-plugins' ? directories.devicePlugins : directories.pluginsRegistry;
}

/** Returns the directories of all registration methods. */
export function socketDirectories(directories: KubeletDirectories): readonly string[] {
  return registrationMethods.map((method) => directoryOf(method, directories));
}

/** The registration method that is in use for one resource. In mode `auto` it can be switched. */
export class MethodChoice {
  private method: RegistrationMethod;

  constructor(
    private readonly mode: RegistrationMode,
    private readonly directories: KubeletDirectories,
  ) {
    const first = isDirectory(directories.pluginsRegistry) ? 'plugins-registry' : 'device-plugins';
    this.method = mode === 'auto' ? first : mode;
  }

  get current(): RegistrationMethod {
    return this.method;
  }

  /** Where the plugin socket belongs. */
  get directory(): string {
    return directoryOf(this.method, this.directories);
  }

  get maySwitch(): boolean {
    return this.mode === 'auto' && isDirectory(directoryOf(this.other, this.directories));
  }

  switch(): void {
    this.method = this.other;
  }

  private get other(): RegistrationMethod {
    return this.method === 'device-plugins' ? 'plugins-registry' : 'device-plugins';
  }
}
