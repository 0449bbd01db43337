// SPDX-License-Identifier: Apache-2.0
import { isDirectory } from '../sockets/file-state.ts';
import { type KubeletDirectories, type RegistrationMethod, type RegistrationMode, directoryOf } from './parts.ts';

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
