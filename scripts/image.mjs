// SPDX-License-Identifier: Apache-2.0
// npm run image [-- --out DIRECTORY]: writes the image as an OCI archive, for the architecture of this machine, with the
// Node.js that runs this script. It needs buildah and root, and neither Docker nor a registry. The file tree is that of
// deploy/Dockerfile.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { out: { type: 'string', default: 'image' } } });
const out = resolve(values.out);
const { name, version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const architecture = { x64: 'amd64' }[arch()] ?? arch();
const archive = join(out, `${name}-${version}-linux-${architecture}.tar`);

function run(program, words, options = {}) {
  try {
    return execFileSync(program, words, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    }).trim();
  } catch (error) {
    const reason =
      error.code === 'ENOENT' ? `${program} is not installed` : String(error.stderr || error.message).trim();
    process.stderr.write(`error: ${reason}\n  npm run image needs root and buildah: apt-get install buildah\n`);
    process.exit(1);
  }
}

/** The date of the commit, so that equal sources give equal images. */
function sourceOf() {
  const [revision, seconds] = run('git', ['log', '-1', '--format=%H %ct']).split(' ');
  return { revision, seconds };
}

function buildTree(tree) {
  run('sh', [join(root, 'deploy/rootfs.sh'), process.execPath, join(root, 'dist'), tree]);
  mkdirSync(join(tree, 'licenses'));
  copyFileSync(join(root, 'LICENSE'), join(tree, 'licenses/LICENSE'));
}

function buildImage(tree, storage) {
  const { revision, seconds } = sourceOf();
  const buildah = (...words) => run('buildah', ['--root', storage, '--storage-driver', 'vfs', ...words]);
  const container = buildah('from', 'scratch');
  buildah('copy', '--quiet', container, tree, '/');
  const labels = {
    title: name,
    description,
    version,
    revision,
    licenses: license,
    created: new Date(Number(seconds) * 1000).toISOString(),
  };
  const words = Object.entries(labels).flatMap(([key, value]) => [
    '--label',
    `org.opencontainers.image.${key}=${value}`,
  ]);
  buildah('config', '--entrypoint', '["/bin/rdma-shared-dp"]', '--cmd', '', ...words, container);
  const image = buildah('commit', '--quiet', '--timestamp', seconds, container);
  buildah('push', '--quiet', image, `oci-archive:${archive}:${name}:${version}`);
}

const work = mkdtempSync(join(tmpdir(), 'rdma-image-'));
try {
  mkdirSync(out, { recursive: true });
  rmSync(archive, { force: true });
  buildTree(join(work, 'tree'));
  buildImage(join(work, 'tree'), join(work, 'storage'));
  const sbom = join(out, `${name}-${version}.cdx.json`);
  writeFileSync(
    sbom,
    `${run('npm', ['sbom', '--omit', 'dev', '--sbom-format', 'cyclonedx'], { maxBuffer: 1 << 26 })}\n`,
  );
  const megabytes = (statSync(archive).size / 1e6).toFixed(1);
  process.stdout.write(`${archive}: ${megabytes} MB\n${sbom}: its packages\n`);
  process.stdout.write(`Import it on a node: ctr -n k8s.io images import ${archive}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
