// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Command, LogOptions, RunOptions } from '#adapters/cli/command.ts';
import { parseArguments } from '#adapters/cli/parse-arguments.ts';

type Environment = Record<string, string>;

function parsed(words: readonly string[], environment: Environment = {}): { command: Command; log: LogOptions } {
  const result = parseArguments(words, environment);
  if (result.kind === 'exit') throw new Error(result.text);
  return result;
}

function runOptions(words: readonly string[], environment: Environment = {}): RunOptions {
  const { command } = parsed(words, environment);
  if (command.name !== 'run') throw new Error(`the command is ${command.name}`);
  return command.options;
}

function configFile(words: readonly string[], environment: Environment = {}): string | null {
  const { settings } = runOptions(words, environment);
  return settings.kind === 'file' ? settings.path : null;
}

describe('parseArguments', () => {
  it("runs the daemon with upstream's defaults if there are no arguments", () => {
    expect(parsed([])).toEqual({
      kind: 'command',
      command: {
        name: 'run',
        options: {
          settings: { kind: 'file', path: '/k8s-rdma-shared-dev-plugin/config.json' },
          kubeconfig: null,
          node: { name: null, labelsFile: null, postsEvents: false },
          discovery: { adapter: 'sysfs', hostRoot: '/', fakeHcasFile: null, modules: [] },
          registration: {
            mode: 'auto',
            places: { kubeletRoot: '/var/lib/kubelet', devicePlugins: null, pluginsRegistry: null },
          },
          podResourcesSocket: '/var/lib/kubelet/pod-resources/kubelet.sock',
          cdiDirectory: null,
          http: { address: null, statusSocket: null },
        },
      },
      log: { level: 'info', format: 'text' },
    });
  });

  it('returns every option of run', () => {
    const words = [
      ...['--config-source=kubernetes', '--config-map=ns/name', '--config-map-key=k', '--state-dir=/state'],
      ...['--kubeconfig=/kubeconfig', '--node-name=n', '--node-labels-file=/labels', '--node-events'],
      ...['--discovery=fake', '--fake-hcas=/hcas', '--host-root=/host', '--discovery-module=./a.mjs'],
      ...['--registration=plugins-registry', '--device-plugins-dir=/dp', '--plugins-registry-dir=/pr'],
      ...['--kubelet-root-dir=/kubelet', '--pod-resources-socket=/po/kubelet.sock'],
      ...[
        '--use-cdi',
        '--cdi-dir=/cdi',
        '--http-address=:9464',
        '--status-socket=/s',
        '--log-level=debug',
        '--log-format=json',
      ],
    ];
    expect(runOptions(words)).toEqual({
      settings: { kind: 'kubernetes', configMap: 'ns/name', key: 'k', stateDirectory: '/state' },
      kubeconfig: '/kubeconfig',
      node: { name: 'n', labelsFile: '/labels', postsEvents: true },
      discovery: { adapter: 'fake', hostRoot: '/host', fakeHcasFile: '/hcas', modules: ['./a.mjs'] },
      registration: {
        mode: 'plugins-registry',
        places: { kubeletRoot: '/kubelet', devicePlugins: '/dp', pluginsRegistry: '/pr' },
      },
      podResourcesSocket: '/po/kubelet.sock',
      cdiDirectory: '/cdi',
      http: { address: ':9464', statusSocket: '/s' },
    });
    expect(parsed(words).log).toEqual({ level: 'debug', format: 'json' });
  });

  it('joins the discovery modules of a repeated flag and ignores those of the environment', () => {
    const modules = (words: readonly string[]): readonly string[] =>
      runOptions(words, { RDMA_DP_DISCOVERY_MODULE: './c.mjs' }).discovery.modules;
    expect(modules(['--discovery-module', './a.mjs', '--discovery-module=b,@acme/d'])).toEqual([
      './a.mjs',
      'b',
      '@acme/d',
    ]);
    expect(modules([])).toEqual(['./c.mjs']);
  });

  it.each([
    ['', []],
    [' , ', []],
    [' ./a.mjs ,b,b', ['./a.mjs', 'b']],
  ])('trims, deduplicates and drops empty discovery modules of "%s"', (text, modules) => {
    expect(runOptions(['--discovery-module', text]).discovery.modules).toEqual(modules);
  });

  it.each([
    ['two dashes and a separate word', ['--config-file', '/c']],
    ['two dashes and =', ['--config-file=/c']],
    ['one dash and a separate word', ['-config-file', '/c']],
    ['one dash and =', ['-config-file=/c']],
    ['several values, of which the last counts', ['-config-file=/a', '--config-file', '/c']],
    ['a position before the command', ['--config-file=/c', 'run']],
    ['a position after the command', ['run', '-config-file', '/c']],
  ])('accepts a flag with %s', (_, words) => {
    expect(configFile(words)).toBe('/c');
  });

  it.each([
    [['--use-cdi'], true],
    [['-use-cdi'], true],
    [['--use-cdi=true'], true],
    [['-use-cdi=T'], true],
    [['-use-cdi=1'], true],
    [['--use-cdi=false'], false],
    [['-use-cdi=0'], false],
    [['-use-cdi', '-use-cdi=F'], false],
    [['--use-cdi', 'true'], true],
    [['-use-cdi', '0'], false],
    [['run', '--use-cdi', 'False', '--host-root', 'true'], false],
    [['--use-cdi', 't', '--use-cdi'], true],
  ])('parses a boolean as Go does: %j is %s', (words, value) => {
    const cdiDirectory = value ? '/var/run/cdi' : null;
    expect(runOptions(words).cdiDirectory).toBe(cdiDirectory);
    expect(runOptions(words, { RDMA_DP_USE_CDI: String(!value) }).cdiDirectory).toBe(cdiDirectory);
  });

  it.each([['-v'], ['--v'], ['--version'], ['-version'], ['--version=true'], ['--v=true'], ['-v=1'], ['version']])(
    'returns the command version for %s',
    (word) => {
      expect(parsed([word]).command).toEqual({ name: 'version', json: false });
    },
  );

  it.each([
    [['discover', '-o', 'json'], { format: 'json', headers: true }],
    [['discover', '-o=wide', '--no-headers'], { format: 'wide', headers: false }],
    [['--output', 'yaml', 'discover'], { format: 'yaml', headers: true }],
    [['discover'], { format: 'table', headers: true }],
  ])('returns the output format of %j', (words, output) => {
    expect(parsed(words).command).toMatchObject({ name: 'discover', output });
  });

  it('returns JSON as the output format of version', () => {
    expect(parsed(['-v', '-o', 'json']).command).toEqual({ name: 'version', json: true });
  });

  it('uses a file of fake HCAs without --discovery fake where it only shows something', () => {
    const { command } = parsed(['explain', '--fake-hcas=/hcas']);
    expect(command).toMatchObject({ options: { discovery: { adapter: 'fake', fakeHcasFile: '/hcas' } } });
    expect(runOptions(['--fake-hcas=/hcas']).discovery.adapter).toBe('sysfs');
  });

  it('returns what to explain, for which node', () => {
    const { command } = parsed(['explain', 'rdma/a', '--node=n', '--labels', 'a=b,c=d', '--config-file=/c']);
    expect(command).toMatchObject({
      name: 'explain',
      options: {
        target: 'rdma/a',
        settings: { kind: 'file', path: '/c' },
        node: { name: 'n', labels: ['a=b', 'c=d'] },
      },
    });
  });

  it('returns the files to validate', () => {
    expect(parsed(['validate', 'a', '-o', 'json', 'b']).command).toEqual({
      name: 'validate',
      options: { files: ['a', 'b'], format: 'json', withUpstream: false },
    });
  });
});

describe('parseArguments with wrong usage', () => {
  it.each<[readonly string[], Environment, string]>([
    [['--confg-file=x'], {}, 'Did you mean --config-file?'],
    [['--config-file'], {}, 'argument missing'],
    [['serve'], {}, "unknown command 'serve'. Allowed commands are run, discover, explain"],
    [['explan'], {}, "unknown command 'explan'. Did you mean explain?"],
    [['help', 'dmeo'], {}, "unknown command 'dmeo'. Did you mean demo?"],
    [['discover', '--use-cdi'], {}, 'discover does not read --use-cdi. Commands that do: run, explain, doctor.'],
    [['validate'], {}, 'validate needs FILE...'],
    [['completion', 'tcsh'], {}, "completion does not know 'tcsh'. Allowed are bash, zsh, fish."],
    [['completion'], {}, 'completion needs bash|zsh|fish.'],
    [['explain', 'a', 'b'], {}, 'too many arguments for explain: a b'],
    [['run', 'now'], {}, 'too many arguments'],
    [['--log-level=loud'], {}, 'Allowed choices are debug, info, warning, error'],
    [['--registration', 'both'], {}, 'Allowed choices are auto, device-plugins, plugins-registry'],
    [['--use-cdi=perhaps'], {}, 'Allowed values are true and false'],
    [['-use-cdi', 'no'], {}, "unknown command 'no'. Allowed commands are run"],
    [['--use-cdi', 'true', 'true'], {}, "unknown command 'true'"],
    [['--v=perhaps'], {}, 'Allowed values are true and false'],
    [['run', '-o', 'json'], {}, 'run does not read --output. Commands that do: discover, explain, '],
    [
      [],
      { RDMA_DP_LOG_FORMAT: 'xml' },
      "RDMA_DP_LOG_FORMAT has the invalid value 'xml'. Allowed values are text, json",
    ],
    [[], { RDMA_DP_USE_CDI: 'perhaps' }, 'RDMA_DP_USE_CDI'],
  ])('exits with status 2 and names the allowed values: %j with %j', (words, environment, text) => {
    const result = parseArguments(words, environment);
    expect(result).toMatchObject({ kind: 'exit', status: 2 });
    expect(result.kind === 'exit' && result.text).toContain(text);
    expect(result.kind === 'exit' && result.text).toMatch(/Try 'rdma-shared-dp (\w+ )?--help'\.\n$/);
  });

  it('never throws, whatever the arguments are', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.string(), fc.constantFrom('--', '-', '--use-cdi=', '-o', '--no-use-cdi', '--__proto__=1')),
        ),
        (words) => {
          expect(['command', 'exit']).toContain(parseArguments(words, {}).kind);
        },
      ),
    );
  });
});

describe('parseArguments with environment variables', () => {
  it('prefers the flag to the variable, and the variable to the default', () => {
    const environment = { RDMA_DP_CDI_DIR: '/from/environment', RDMA_DP_HOST_ROOT: '/host' };
    const { cdiDirectory, discovery } = runOptions(['--use-cdi', '--cdi-dir=/from/flag'], environment);
    expect([cdiDirectory, discovery.hostRoot]).toEqual(['/from/flag', '/host']);
  });

  it('turns on Events of the Node by flag or variable', () => {
    expect(runOptions(['--node-events']).node.postsEvents).toBe(true);
    expect(runOptions([], { RDMA_DP_NODE_EVENTS: 'true' }).node.postsEvents).toBe(true);
  });

  it.each<[readonly string[], Environment]>([
    [['--kubelet-root-dir=/data/kubelet'], {}],
    [['-kubelet-root-dir', '/data/kubelet', '--use-cdi'], {}],
    [[], { RDMA_DP_KUBELET_ROOT_DIR: '/data/kubelet' }],
  ])("takes the kubelet's root directory from %j with %j", (words, environment) => {
    expect(runOptions(words, environment).registration.places).toEqual({
      kubeletRoot: '/data/kubelet',
      devicePlugins: null,
      pluginsRegistry: null,
    });
  });

  it('takes the name of the node from NODE_NAME, which pod manifests set', () => {
    expect(runOptions([], { NODE_NAME: 'gpu-17' }).node.name).toBe('gpu-17');
    expect(runOptions(['--node-name=gpu-18'], { NODE_NAME: 'gpu-17' }).node.name).toBe('gpu-18');
  });

  it('ignores an output format that the command does not have', () => {
    expect(parsed([], { RDMA_DP_OUTPUT: 'json' }).command.name).toBe('run');
    expect(parsed(['-v'], { RDMA_DP_OUTPUT: 'wide' }).command).toEqual({ name: 'version', json: false });
  });

  it('treats an empty value as not set', () => {
    expect(runOptions([], { RDMA_DP_HOST_ROOT: '' }).discovery.hostRoot).toBe('/');
    expect(runOptions(['--http-address=', '--status-socket=']).http).toEqual({ address: null, statusSocket: null });
    expect(runOptions(['--metrics-address=:1']).http.address).toBe(':1');
    expect(runOptions(['--kubelet-root-dir=', '--plugins-registry-dir=']).registration.places).toEqual({
      kubeletRoot: '/var/lib/kubelet',
      devicePlugins: null,
      pluginsRegistry: null,
    });
  });
});
