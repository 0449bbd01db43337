// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where distributions have libraries. */
const libraryDirectories = ['usr/lib64', 'usr/lib', 'usr/lib/x86_64-linux-gnu', 'usr/lib/aarch64-linux-gnu'];

/**
 * Resolves to the providers of rdma-core in an image, by their names such as `mlx5`; null if it has no libibverbs. A
 * provider is a plugin, `libibverbs/libmlx5-rdmav34.so`, that libibverbs finds by `/etc/libibverbs.d/mlx5.driver`.
 */
export async function findProviders(root: string): Promise<readonly string[] | null> {
  const list = async (directory: string): Promise<readonly string[]> => await readdir(directory).catch(() => []);
  const directories = libraryDirectories.map((directory) => join(root, directory));
  const libraries = (await Promise.all(directories.map(list))).flat();
  if (!libraries.some((name) => name.startsWith('libibverbs.so'))) return null;
  const plugins = (await Promise.all(directories.map((directory) => list(join(directory, 'libibverbs'))))).flat();
  return plugins.flatMap((name) => /^lib(\w+)-rdmav\d+\.so$/.exec(name)?.[1] ?? []);
}
