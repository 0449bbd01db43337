// SPDX-License-Identifier: Apache-2.0
import type { RegisterRequest } from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import type { PluginInfo } from '#adapters/kubelet-api/generated/pluginregistration/v1/api.ts';
import { DEVICE_PLUGIN_API_VERSION, DEVICE_PLUGIN_TYPE } from '#adapters/kubelet-api/services.ts';

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const prefixPattern = new RegExp(`^${label}(?:\\.${label})*$`);
const namePattern = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** Throws the kubelet's error for a Register request that it refuses (kubelet: v1beta1 server.go). */
export function checkRegisterRequest({ version, resourceName }: RegisterRequest): void {
  const supported = DEVICE_PLUGIN_API_VERSION;
  if (version !== supported)
    throw new Error(
      `requested API version "${version}" is not supported by kubelet. Supported version is "${supported}"`,
    );
  if (!isExtendedResourceName(resourceName)) throw new Error(`the ResourceName "${resourceName}" is invalid`);
}

/** Throws the kubelet's error for a plugin that no handler accepts (kubelet: operation_generator.go, handler.go). */
export function checkPluginInfo({ type, supportedVersions }: PluginInfo, path: string): void {
  if (type !== DEVICE_PLUGIN_TYPE) throw new Error(`no handler registered for plugin type: ${type} at socket ${path}`);
  const [version, versions] = [DEVICE_PLUGIN_API_VERSION, supportedVersions.join(' ')];
  if (!supportedVersions.includes(version))
    throw new Error(`manager version, ${version}, is not among plugin supported versions [${versions}]`);
}

/** kubelet: IsExtendedResourceName (pkg/apis/core/v1/helper) and IsQualifiedName (apimachinery validation). */
function isExtendedResourceName(resource: string): boolean {
  const parts = resource.split('/');
  const [prefix, name] = parts;
  if (parts.length !== 2 || prefix === undefined || name === undefined) return false;
  if (resource.includes('kubernetes.io/') || resource.startsWith('requests.')) return false;
  return `requests.${prefix}`.length <= 253 && prefixPattern.test(prefix) && namePattern.test(name);
}
