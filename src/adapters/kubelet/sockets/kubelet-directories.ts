// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import type { KubeletDirectories } from '../registration/method.ts';
import { isDirectory } from './file-state.ts';

/** Where the user says that directories of the kubelet are mounted. */
export interface KubeletPlaces {
  /** The kubelet's --root-dir. */
  readonly kubeletRoot: string;
  /** Null to derive it. */
  readonly devicePlugins: string | null;
  /** Null to derive it. */
  readonly pluginsRegistry: string | null;
}

/** The kubelet has it here whatever its --root-dir is: k8s.io/kubelet, deviceplugin/v1beta1, DevicePluginPath. */
export const fixedDevicePlugins = '/var/lib/kubelet/device-plugins';

/**
 * Returns the directories to use. Manifests for another root directory mount `device-plugins` of that directory: it is
 * used where `fixed`, the place where the kubelet has it, is not mounted.
 */
export function kubeletDirectories(
  { kubeletRoot, devicePlugins, pluginsRegistry }: KubeletPlaces,
  fixed = fixedDevicePlugins,
): KubeletDirectories {
  const inRoot = join(kubeletRoot, 'device-plugins');
  const derived = !isDirectory(fixed) && isDirectory(inRoot) ? inRoot : fixed;
  return {
    devicePlugins: devicePlugins ?? derived,
    pluginsRegistry: pluginsRegistry ?? join(kubeletRoot, 'plugins_registry'),
  };
}
