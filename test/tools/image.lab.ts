// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { array, looseObject, parse, record, string } from 'valibot';
import { describeTier } from '../support/tier-group.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const withDigest = looseObject({ digest: string() });
const indexShape = looseObject({ manifests: array(withDigest) });
const manifestShape = looseObject({ config: withDigest, layers: array(withDigest) });
const configShape = looseObject({
  config: looseObject({ Entrypoint: array(string()), Labels: record(string(), string()) }),
});

/** An OCI archive that is unpacked (image-layout.md of the OCI image specification). */
class Image {
  readonly index: ReturnType<Image['readIndex']>;

  constructor(private readonly directory: string) {
    this.index = this.readIndex();
  }

  get digest(): string {
    return this.index.manifests[0]?.digest ?? '';
  }

  get config() {
    return parse(configShape, JSON.parse(this.blob(this.manifest().config.digest).toString())).config;
  }

  /** The paths in the layers. */
  paths(): readonly string[] {
    return this.manifest().layers.flatMap(({ digest }) =>
      execFileSync('tar', ['-tzf', this.pathOf(digest)], { encoding: 'utf8' })
        .trim()
        .split('\n'),
    );
  }

  private manifest() {
    return parse(manifestShape, JSON.parse(this.blob(this.digest).toString()));
  }

  private readIndex() {
    return parse(indexShape, JSON.parse(readFileSync(join(this.directory, 'index.json'), 'utf8')));
  }

  private blob(digest: string): Buffer {
    return readFileSync(this.pathOf(digest));
  }

  private pathOf(digest: string): string {
    return join(this.directory, 'blobs', digest.replace(':', '/'));
  }
}

describeTier('npm run image', () => {
  let directory: string;
  let images: readonly Image[] = [];
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'image-'));
    images = ['one', 'other'].map((name) => {
      const out = join(directory, name);
      execFileSync(process.execPath, [join(root, 'scripts/image.mjs'), '--out', out], { stdio: 'pipe' });
      const archive = readdirSync(out).find((file) => file.endsWith('.tar')) ?? '';
      execFileSync('tar', ['-xf', join(out, archive), '-C', out]);
      return new Image(out);
    });
  }, 300_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  it('writes the same image each time', () => {
    expect(images[0]?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(images[0]?.digest).toBe(images[1]?.digest);
  });

  it('writes an image that says what it is, and runs the program', () => {
    const { Entrypoint, Labels } = images[0]?.config ?? { Entrypoint: [], Labels: {} };
    expect(Entrypoint).toEqual(['/bin/rdma-shared-dp']);
    const label = (name: string): string => Labels[`org.opencontainers.image.${name}`] ?? '';
    expect([label('title'), label('version'), label('licenses')]).toEqual([
      'rdma-shared-device-plugin',
      '0.1.0',
      'Apache-2.0',
    ]);
    expect(label('revision')).toMatch(/^[0-9a-f]{40}$/);
  });

  it('has both names of the program, the licence, no shell, and at most 45 MB', () => {
    const paths = images[0]?.paths() ?? [];
    expect(paths.filter((path) => /^bin\/./.test(path)).toSorted()).toEqual([
      'bin/k8s-rdma-shared-dp',
      'bin/rdma-shared-dp',
    ]);
    expect(paths).toContain('licenses/LICENSE');
    expect(paths.filter((path) => /(^|\/)(sh|bash|dash|busybox|apt|dpkg|npm)$/.test(path))).toEqual([]);
    const archive = readdirSync(join(directory, 'one')).find((file) => file.endsWith('.tar')) ?? '';
    expect(statSync(join(directory, 'one', archive)).size).toBeLessThan(45_000_000);
  });

  it('has a list of its packages beside it', () => {
    const file = readdirSync(join(directory, 'one')).find((name) => name.endsWith('.cdx.json')) ?? '';
    const sbom: unknown = JSON.parse(readFileSync(join(directory, 'one', file), 'utf8'));
    expect(sbom).toMatchObject({ bomFormat: 'CycloneDX' });
    expect(readFileSync(join(directory, 'one', file), 'utf8')).toContain('"@grpc/grpc-js"');
  });
});
