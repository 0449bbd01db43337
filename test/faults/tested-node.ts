// SPDX-License-Identifier: Apache-2.0
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SystemClock } from '#adapters/host/system-clock.ts';
import type { RegistrationMode } from '#adapters/kubelet/registration/method.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { ApiSettings } from './api-settings.ts';
import { FakeFileHost } from './fake-file-host.ts';
import { FileSettings } from './file-settings.ts';
import { type MachineSupport, mountCommand, run } from './machine-support.ts';
import { moduleCode } from './module-faults.ts';
import { RestartableKubelet } from './restartable-kubelet.ts';
import { SysfsHost } from './sysfs-host.ts';
import type { TestHost } from './test-host.ts';
import { type TestResource, type TestSettings, documentOf } from './test-settings.ts';
import { type ProgramFiles, TestedProcess } from './tested-process.ts';

/** How the program is started. */
export interface StartOptions {
  readonly registration: RegistrationMode;
  readonly useCdi: boolean;
  /** Whether a discovery module runs that faults can make misbehave. */
  readonly withModule: boolean;
  /** A command that runs the program in its own place, such as `longUptime`. Empty for none. */
  readonly wrapper: readonly string[];
}

/** A node under test: a host, a kubelet with its directories, settings, a small disk for CDI specs, and the program. */
export class TestedNode {
  private readonly root = mkdtempSync(join(tmpdir(), 'rdma-faults-'));
  readonly directories = {
    devicePlugins: join(this.root, 'device-plugins'),
    registry: join(this.root, 'plugins_registry'),
    cdi: join(this.root, 'cdi'),
    /** A place outside the kubelet's directories, for files that a fault moves away or prepares. */
    attic: join(this.root, 'attic'),
  };
  readonly clock = new SystemClock();
  readonly kubeletLog = new RecordedLog();
  readonly kubelet: RestartableKubelet;
  readonly host: TestHost;
  readonly settings: TestSettings;
  /** The CDI names that pods were granted and that no fault has taken from the disk. */
  readonly grantedCdiNames = new Set<string>();
  private readonly files: ProgramFiles;
  private currentProcess: TestedProcess | null = null;
  private currentOptions: StartOptions = { registration: 'auto', useCdi: false, withModule: false, wrapper: [] };
  private starts = 0;
  private readonly processes: TestedProcess[] = [];
  private readonly mounted: boolean;

  /**
   * `program` is the built program, of which a copy runs. `jumpingClock` is the path of jumping-clock.cjs. `random`
   * makes the choices of the kubelet, such as which shares a pod gets.
   */
  constructor(
    program: string,
    jumpingClock: string,
    readonly support: MachineSupport,
    sources: { readonly host: 'sysfs' | 'fake'; readonly settings: 'file' | 'api' },
    random: () => number,
  ) {
    for (const directory of Object.values(this.directories)) mkdirSync(directory);
    writeFileSync(join(this.root, 'module.mjs'), moduleCode);
    cpSync(dirname(program), join(this.root, 'dist'), { recursive: true });
    this.files = {
      program: join(this.root, 'dist', basename(program)),
      jumpingClock,
      clockFile: join(this.root, 'clock'),
    };
    this.mounted = support.mounts === null && run(mountCommand(this.directories.cdi)) === null;
    this.settings = sources.settings === 'file' ? new FileSettings(this.root) : new ApiSettings(this.root);
    this.host = sources.host === 'sysfs' ? new SysfsHost() : new FakeFileHost();
    this.kubelet = new RestartableKubelet({
      devicePluginsDir: this.directories.devicePlugins,
      pluginsRegistryDir: this.directories.registry,
      clock: this.clock,
      logger: this.kubeletLog,
      random,
    });
  }

  get process(): TestedProcess {
    if (this.currentProcess === null) throw new Error('the program has not been started');
    return this.currentProcess;
  }

  get startOptions(): StartOptions {
    return this.currentOptions;
  }

  /** How often the program has been started. */
  get startCount(): number {
    return this.starts;
  }

  /** Starts the program. Resolves when it has read the settings, or has exited at once. */
  async start(options: StartOptions): Promise<void> {
    this.currentOptions = options;
    this.starts += 1;
    this.host.programStarted();
    this.currentProcess = this.launch(options);
    await this.currentProcess.ready;
  }

  /** Starts a second instance with the same options. The caller has to end it. */
  async startSecond(): Promise<TestedProcess> {
    const second = this.launch(this.currentOptions);
    await second.ready;
    return second;
  }

  /** Starts an instance with the same options that offers other resources. The caller has to end it. */
  async startOther(resources: readonly TestResource[]): Promise<TestedProcess> {
    const file = join(this.root, 'other-settings.json');
    writeFileSync(file, documentOf(resources));
    const other = this.launch(this.currentOptions, ['-config-file', file]);
    await other.ready;
    return other;
  }

  private launch(options: StartOptions, settings: readonly string[] = this.settings.words): TestedProcess {
    const { devicePlugins, registry, cdi } = this.directories;
    const words = [
      ...[...settings, ...this.host.words, '--registration', options.registration],
      ...['--device-plugins-dir', devicePlugins, '--plugins-registry-dir', registry],
      ...(options.useCdi ? ['--use-cdi', '--cdi-dir', cdi] : []),
      ...(options.withModule ? ['--discovery-module', join(this.root, 'module.mjs')] : []),
    ];
    const process = new TestedProcess(this.files, words, options.wrapper);
    this.processes.push(process);
    return process;
  }

  /** Makes the discovery module misbehave, or behave again if the mode is empty. */
  setModuleMode(mode: string): void {
    writeFileSync(join(this.root, 'mode'), mode);
  }

  /** Returns the paths of the program's sockets on disk. */
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

  /** Returns the names of the program's CDI specs. */
  cdiFiles(): readonly string[] {
    return namesIn(this.directories.cdi).filter((name) => /^\.?rdma-shared-dp/.test(name));
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.after(ms, resolve);
    });
  }

  /** Kills all instances of the program that still run, and removes everything. */
  async close(): Promise<void> {
    for (const process of this.processes.filter(({ exit }) => exit === null)) {
      process.send('SIGKILL');
      await process.exited;
    }
    await this.kubelet.stop();
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
