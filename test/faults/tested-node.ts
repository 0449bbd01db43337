// SPDX-License-Identifier: Apache-2.0
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SystemClock } from '#adapters/host/system-clock.ts';
import type { RegistrationMode } from '#adapters/kubelet/registration/registration-parts.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { type Capabilities, mountWords, run } from './capabilities.ts';
import { ApiSettings } from './api-settings.ts';
import { FakeFileStage } from './fake-file-stage.ts';
import { FileSettings } from './file-settings.ts';
import type { HostStage } from './host-stage.ts';
import { KubeletLives } from './kubelet-lives.ts';
import type { SettingsStage } from './settings-stage.ts';
import { SysfsStage } from './sysfs-stage.ts';
import { type ProgramFiles, TestedProcess } from './tested-process.ts';

/** How the program is started. */
export interface StartShape {
  readonly registration: RegistrationMode;
  readonly useCdi: boolean;
  /** Words that stand before the program. */
  readonly wrapper: readonly string[];
}

/** A node under test: a host, the kubelet's directories and lives, a settings file, a small disk for CDI, and the program. */
export class TestedNode {
  private readonly root = mkdtempSync(join(tmpdir(), 'rdma-faults-'));
  readonly directories = {
    devicePlugins: join(this.root, 'device-plugins'),
    registry: join(this.root, 'plugins_registry'),
    cdi: join(this.root, 'cdi'),
    /** Where things are put out of the way. */
    attic: join(this.root, 'attic'),
  };
  readonly clock = new SystemClock();
  readonly kubeletLog = new RecordedLog();
  readonly kubelet: KubeletLives;
  readonly host: HostStage;
  readonly settings: SettingsStage;
  private readonly files: ProgramFiles;
  private current: TestedProcess | null = null;
  private shape: StartShape = { registration: 'auto', useCdi: false, wrapper: [] };
  private restarts = 0;
  private readonly started: TestedProcess[] = [];
  private readonly mounted: boolean;

  /** `program`: the built program, of which a copy is run. `jumpingClock`: see jumping-clock.cjs. `random` is for the kubelet's own choices. */
  constructor(
    program: string,
    jumpingClock: string,
    readonly can: Capabilities,
    places: { readonly host: 'sysfs' | 'fake'; readonly settings: 'file' | 'api' },
    random: () => number,
  ) {
    for (const directory of Object.values(this.directories)) mkdirSync(directory);
    cpSync(dirname(program), join(this.root, 'dist'), { recursive: true });
    this.files = {
      program: join(this.root, 'dist', basename(program)),
      jumpingClock,
      clockFile: join(this.root, 'clock'),
    };
    this.mounted = can.mounts === null && run(mountWords(this.directories.cdi)) === null;
    this.settings = places.settings === 'file' ? new FileSettings(this.root) : new ApiSettings(this.root);
    this.host = places.host === 'sysfs' ? new SysfsStage() : new FakeFileStage();
    this.kubelet = new KubeletLives({
      devicePluginsDir: this.directories.devicePlugins,
      pluginsRegistryDir: this.directories.registry,
      clock: this.clock,
      logger: this.kubeletLog,
      random,
    });
  }

  get process(): TestedProcess {
    if (this.current === null) throw new Error('the program was not started');
    return this.current;
  }

  get startShape(): StartShape {
    return this.shape;
  }

  /** How often the program was started. */
  get lives(): number {
    return this.restarts;
  }

  /** Resolves when the program minds its signals, or has ended at once. */
  async start(shape: StartShape): Promise<void> {
    this.shape = shape;
    this.restarts += 1;
    this.current = this.launch(shape);
    await this.current.awake;
  }

  /** Starts another one of the same shape, which is the caller's to end. */
  async startBeside(): Promise<TestedProcess> {
    const other = this.launch(this.shape);
    await other.awake;
    return other;
  }

  private launch(shape: StartShape): TestedProcess {
    const { devicePlugins, registry, cdi } = this.directories;
    const words = [
      ...[...this.settings.words, ...this.host.words, '--registration', shape.registration],
      ...['--device-plugins-dir', devicePlugins, '--plugins-registry-dir', registry],
      ...(shape.useCdi ? ['--use-cdi', '--cdi-dir', cdi] : []),
    ];
    const process = new TestedProcess(this.files, words, shape.wrapper);
    this.started.push(process);
    return process;
  }

  /** The program's sockets on disk, as paths. */
  sockets(): readonly string[] {
    const { devicePlugins, registry } = this.directories;
    const paths = [devicePlugins, registry].flatMap((directory) =>
      namesIn(directory).map((name) => join(directory, name)),
    );
    return paths.filter(
      (path) =>
        basename(path).startsWith('rdma-shared-dp') && lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true,
    );
  }

  cdiFiles(): readonly string[] {
    return namesIn(this.directories.cdi).filter((name) => /^\.?rdma-shared-dp/.test(name));
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(ms, resolve);
    });
  }

  /** Takes everything away that is left; programs that live are killed. */
  async close(): Promise<void> {
    for (const process of this.started.filter(({ end }) => end === null)) {
      process.send('SIGKILL');
      await process.ended;
    }
    await this.kubelet.end();
    await this.settings.close();
    this.host.close();
    if (this.mounted) run(['umount', this.directories.cdi]);
    rmSync(this.root, { recursive: true, force: true });
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch {
    return [];
  }
}
